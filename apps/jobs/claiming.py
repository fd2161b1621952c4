from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from apps.jobs.events import tell_state
from apps.jobs.models import Job, JobQuerySet, JobState


class LeaseLost(Exception):
    """The job belongs to somebody else by now: nothing more may be written for it."""


@dataclass(frozen=True)
class Hold:
    """The right to work on a job: good as long as the fence of the claim is the row's fence and the job runs."""

    job_id: int
    fence: int

    def rows(self) -> JobQuerySet:
        return Job.objects.held(pk=self.job_id, fence=self.fence)

    def change(self, **values: object) -> Job:
        """Change the row in the transaction under way, or raise LeaseLost if it is no longer held."""
        if self.rows().update(**values) == 0:
            raise LeaseLost(f"job {self.job_id}, fence {self.fence}")
        return Job.objects.get(pk=self.job_id)


def claim(*, job_id: int, worker: str) -> Hold | None:
    """Take a queued job, or one whose lease has run out; None: there is nothing to do."""
    with transaction.atomic():
        rows = Job.objects.claimable().filter(pk=job_id)
        taken = rows.update(
            state=JobState.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_until=_lease_end(),
            worker=worker,
            started_at=Now(),
            stage="",
            fraction=0.0,
        )
        if not taken:
            return None
        job = Job.objects.get(pk=job_id)
        tell_state(job, f"Started, attempt {job.attempts}")
    return Hold(job_id=job.pk, fence=job.fence)


def renew(hold: Hold) -> bool:
    """Make the lease last its full length from now; False says that the job is somebody else's."""
    return hold.rows().update(lease_until=_lease_end()) == 1


def _lease_end() -> CombinedExpression:
    """By the database's clock, the only one that all workers share."""
    return Now() + timedelta(seconds=settings.EARTHSCAPE_JOB_LEASE_SECONDS)
