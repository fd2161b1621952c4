import math
import time
from collections.abc import Callable

from django.db import transaction

from apps.jobs.claiming import Hold
from apps.jobs.events import MAX_STAGE, add_event
from apps.jobs.models import JobState
from workers.records.progress import Progress

ROW_EVERY_SECONDS = 1.0


def report(hold: Hold, progress: Progress) -> None:
    """Store a report on the row and in the log, if the job is still held."""
    stage = progress.stage.replace("\x00", "")[:MAX_STAGE]
    fraction = min(max(progress.fraction, 0.0), 1.0) if math.isfinite(progress.fraction) else 0.0
    with transaction.atomic():
        hold.change(stage=stage, fraction=fraction)
        add_event(
            job_id=hold.job_id,
            fence=hold.fence,
            state=JobState.RUNNING,
            message=progress.message,
            stage=stage,
            fraction=fraction,
            measures=progress.measures,
        )


class ThinnedReports:
    """Passes on at most one report a second, the newest; the first and the last of a stage and all measures always."""

    def __init__(self, pass_on: Callable[[Progress], None]) -> None:
        self._pass_on = pass_on
        self._waiting: Progress | None = None
        self._stage: str | None = None
        self._passed_at = -math.inf

    def add(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self.flush()
            self._stage = progress.stage
            self._passed_at = -math.inf
        self._waiting = progress
        if progress.measures:  # a point of a curve, once an epoch
            self.flush()
        self.pass_on_if_due()

    def pass_on_if_due(self) -> None:
        if time.monotonic() - self._passed_at >= ROW_EVERY_SECONDS:
            self.flush()

    def flush(self) -> None:
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._passed_at = time.monotonic()
            self._pass_on(waiting)
