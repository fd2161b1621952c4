from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import Role, User
from apps.accounts.services import record_audit
from apps.jobs.events import tell_state
from apps.jobs.models import Job, JobState
from workers.errors import Conflict, PermissionDenied


def check_may_change(job: Job, actor: User) -> None:
    if job.owner_id != actor.pk and not actor.has_role(Role.ADMIN):
        raise PermissionDenied("Only its owner or an administrator may change a job.")


def cancel_job(*, job: Job, actor: User) -> Job:
    """Cancel what waits at once; ask what runs to stop. A cancelled job stays as it is.

    Raises:
        Conflict: the job has succeeded or failed.
    """
    check_may_change(job, actor)
    with transaction.atomic():
        if cancel_queued(job.pk) or _ask_to_stop(job.pk):
            record_audit(actor=actor, action="job.cancel-requested", target=job)
        job.refresh_from_db()
        if job.is_finished and job.state != JobState.CANCELLED:
            raise Conflict(f"The job has {job.get_state_display().lower()} already.")
    return job


def cancel_queued(job_id: int) -> bool:
    """Nobody works on a queued job, so nobody has to confirm."""
    rows = Job.objects.filter(pk=job_id, state=JobState.QUEUED)
    if not rows.update(state=JobState.CANCELLED, cancel_requested=True, lease_until=None, finished_at=Now()):
        return False
    tell_state(Job.objects.get(pk=job_id), "Cancelled")
    return True


def _ask_to_stop(job_id: int) -> bool:
    rows = Job.objects.filter(pk=job_id, state=JobState.RUNNING, cancel_requested=False)
    if not rows.update(cancel_requested=True):
        return False
    tell_state(Job.objects.get(pk=job_id), "Asked to stop")
    return True
