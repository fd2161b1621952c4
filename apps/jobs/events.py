import math
from collections.abc import Mapping

from apps.jobs.models import Job, JobEvent, JobState

MAX_MESSAGE = 2000
MAX_STAGE = 80


def add_event(
    *,
    job_id: int,
    fence: int,
    state: JobState,
    message: str,
    stage: str = "",
    fraction: float = 0.0,
    measures: Mapping[str, float] | None = None,
) -> JobEvent:
    """Write one line of a job's log."""
    return JobEvent.objects.create(
        job_id=job_id,
        fence=fence,
        state=state,
        message=message.replace("\x00", "")[:MAX_MESSAGE],
        stage=stage,
        fraction=fraction,
        measures=finite(measures or {}),
    )


def tell_state(job: Job, message: str) -> JobEvent:
    """Write the state that a job has now into its log."""
    return add_event(
        job_id=job.pk,
        fence=job.fence,
        state=JobState(job.state),
        message=message,
        stage=job.stage,
        fraction=job.fraction,
    )


def finite(measures: Mapping[str, float]) -> dict[str, float | None]:
    """A loss may be NaN, which JSON and PostgreSQL refuse: it becomes null."""
    return {name[:MAX_STAGE]: value if math.isfinite(value) else None for name, value in measures.items()}
