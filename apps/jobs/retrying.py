from functools import partial

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import record_audit
from apps.jobs.cancelling import check_may_change
from apps.jobs.events import tell_state
from apps.jobs.kinds import kind_named
from apps.jobs.models import Job, JobState
from apps.jobs.publishing import publish
from apps.jobs.submitting import check_quota, lock_owner
from workers.errors import Conflict


def retry_job(*, job: Job, actor: User) -> Job:
    """Queue a failed or cancelled job again, its attempts at zero.

    The fence is never reset: late writers of old attempts stay shut out.
    """
    check_may_change(job, actor)
    with transaction.atomic():
        lock_owner(job.owner, kind=kind_named(job.kind))
        check_quota(job.owner)
        rows = Job.objects.filter(pk=job.pk, state__in=(JobState.FAILED, JobState.CANCELLED))
        if not rows.update(**_FRESH):
            raise Conflict("Only a failed or cancelled job can be tried again.")
        job.refresh_from_db()
        tell_state(job, "Queued again")
        record_audit(actor=actor, action="job.retried", target=job)
        transaction.on_commit(partial(publish, job_id=job.pk, queue=job.queue))
    return job


_FRESH: dict[str, object] = {
    "state": JobState.QUEUED,
    "attempts": 0,
    "cancel_requested": False,
    "lease_until": None,
    "finished_at": None,
    "published_at": None,
    "publish_count": 0,
    "error": "",
    "result": None,
    "stage": "",
    "fraction": 0.0,
    "worker": "",
}
