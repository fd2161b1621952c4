from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from apps.accounts.services import record_audit
from apps.jobs.claiming import Hold
from apps.jobs.events import tell_state
from apps.jobs.kinds import kind_named, resolve
from apps.jobs.models import MAX_ATTEMPTS, Job, JobState

GENERAL_MESSAGE = (
    "The job stopped for a reason that lies with the system. The administrators find the details in the log."
)

# A COPY lasts as long as what it copies takes to make, which for a large region is longer than a query may take.
RECORDER_TIMEOUT = "15min"


def finish(hold: Hold, *, folder: Path, result: Any) -> Job:
    """Store the result and the success together, or neither.

    1. The kind's recorder stores what was computed.
    2. The row becomes SUCCEEDED where the fence still holds; if not, LeaseLost undoes the recorder's work.
    3. The audit entry goes with it.
    The row is locked by the second step alone, so the lease can be renewed while a long recorder works.
    """
    with transaction.atomic():
        _allow_long_statements()
        job = Job.objects.select_related("owner").get(pk=hold.job_id)
        shown = resolve(kind_named(job.kind).record)(job, folder, result)
        return _close(hold, state=JobState.SUCCEEDED, message="Succeeded", result=shown, fraction=1.0, error="")


def _allow_long_statements() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [RECORDER_TIMEOUT])


def fail(hold: Hold, *, message: str) -> Job:
    """A known failure: final at once, and its message is the owner's to read."""
    with transaction.atomic():
        return _close(hold, state=JobState.FAILED, message=message, error=message)


def confirm_cancel(hold: Hold) -> Job:
    with transaction.atomic():
        return _close(hold, state=JobState.CANCELLED, message="Cancelled")


def give_back(hold: Hold, *, message: str = GENERAL_MESSAGE, last: bool = False) -> Job:
    """An unknown failure: queue the job again for the sweep to publish, or fail it if this was the third attempt."""
    with transaction.atomic():
        job = Job.objects.get(pk=hold.job_id)
        if last or job.attempts >= MAX_ATTEMPTS:
            return _close(hold, state=JobState.FAILED, message=message, error=message)
        return requeue(hold, message="Stopped unexpectedly; it will be tried again")


def requeue(hold: Hold, *, message: str) -> Job:
    job = hold.change(state=JobState.QUEUED, lease_until=None, worker="", published_at=None, publish_count=0)
    tell_state(job, message)
    return job


def _close(hold: Hold, *, state: JobState, message: str, **values: object) -> Job:
    job = hold.change(state=state, lease_until=None, finished_at=Now(), **values)
    tell_state(job, message)
    record_audit(
        actor=job.owner, action=f"job.{state.value}", target=job, detail={"kind": job.kind, "fence": job.fence}
    )
    return job
