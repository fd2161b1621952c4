import json
import logging
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.jobs.children import Child
from apps.jobs.claiming import Hold, LeaseLost
from apps.jobs.kinds import JobKind
from apps.jobs.leases import LeaseKeeper
from apps.jobs.reporting import ThinnedReports, report
from workers.errors import Cancelled, EarthScapeError, LimitExceeded
from workers.records.progress import Progress, Reporter, ignore_progress

logger = logging.getLogger(__name__)
TICK_SECONDS = 1.0
STATUS_KNOWN_ERROR = 3


class ChildDied(Exception):
    """The compute process ended without a result and without saying why."""


class Supervision:
    """Watches one compute process: passes its reports on, and stops it when it should not go on."""

    def __init__(
        self, child: Child, *, hold: Hold, lease: LeaseKeeper, kind: JobKind, watch: Reporter = ignore_progress
    ) -> None:
        self._child = child
        self._hold = hold
        self._lease = lease
        self._kind = kind
        self._watch = watch
        self._reports = ThinnedReports(lambda progress: report(hold, progress))
        self._ends_at = time.monotonic() + kind.wall_seconds

    def wait(self) -> int:
        """Return the child's status.

        Raises:
            Cancelled, LimitExceeded, LeaseLost: why the child was stopped.
        """
        while (status := self._child.status()) is None:
            self._listen(timeout=TICK_SECONDS)
            if reason := self._reason_to_stop():
                self._stop(reason)
        self._listen(timeout=0)
        self._in_database(self._reports.flush)
        return status

    def _listen(self, *, timeout: float) -> None:
        for line in self._child.lines(timeout=timeout):
            if progress := read_progress(line):
                self._watch(progress.stage, progress.fraction, progress.message, measures=progress.measures)
                self._in_database(lambda progress=progress: self._reports.add(progress))
        self._in_database(self._reports.pass_on_if_due)

    def _reason_to_stop(self) -> Exception | None:
        if self._lease.lost:
            return LeaseLost(f"job {self._hold.job_id}, fence {self._hold.fence}")
        if time.monotonic() > self._ends_at:
            return LimitExceeded(f"The job was stopped at its time limit of {_duration(self._kind.wall_seconds)}.")
        flags = self._in_database(lambda: self._hold.rows().values_list("cancel_requested", flat=True).first(), False)
        if flags is None:
            return LeaseLost(f"job {self._hold.job_id}, fence {self._hold.fence}")
        return Cancelled("The job was cancelled.") if flags else None

    def _stop(self, reason: Exception) -> None:
        """Ask, wait for the grace time, kill; a job that belongs to somebody else is killed at once."""
        if not isinstance(reason, LeaseLost):
            self._child.ask_to_stop()
            deadline = time.monotonic() + settings.EARTHSCAPE_JOB_GRACE_SECONDS
            while self._child.status() is None and time.monotonic() < deadline:
                for _ in self._child.lines(timeout=0.1):
                    continue
        self._child.kill()
        raise reason

    def _in_database(self, action: Any, otherwise: Any = None) -> Any:
        """A database that is away for a moment must not end hours of work: the lease decides how long is too long."""
        try:
            return action()
        except (OperationalError, InterfaceError) as error:
            logger.warning("job %s goes on without the database: %s", self._hold.job_id, error)
            connection.close()
            return otherwise


def read_progress(line: bytes) -> Progress | None:
    """Return the report that a line holds; None for a line that is none."""
    try:
        data = json.loads(line)
        measures = {str(name): float(value) for name, value in data.get("measures", {}).items()}
        return Progress(str(data["stage"]), float(data["fraction"]), str(data.get("message", "")), measures)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        logger.warning("not a report: %r", line[:200])
        return None


def read_result(status: int, *, folder: Path, log: Path, kind: JobKind) -> Any:
    """Return what the child has left in its folder.

    Raises:
        EarthScapeError: with the message of the child's known error.
        ChildDied: it ended in another way.
    """
    if status == 0:
        return json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if status == STATUS_KNOWN_ERROR:
        raise EarthScapeError(json.loads((folder / "error.json").read_text(encoding="utf-8"))["message"])
    raise ChildDied(f"{kind.name} ended with status {status}:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_bytes()[-4000:].decode("utf-8", "replace")


def _duration(seconds: int) -> str:
    if seconds >= 7200:
        return f"{seconds / 3600:g} hours"
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds} seconds"
