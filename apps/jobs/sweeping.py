import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from apps.jobs.cancelling import cancel_queued
from apps.jobs.claiming import Hold
from apps.jobs.finishing import confirm_cancel, give_back
from apps.jobs.folders import remove_attempts
from apps.jobs.kinds import job_kinds
from apps.jobs.models import Job, JobState, Worker
from apps.jobs.publishing import queue_lengths, send

logger = logging.getLogger(__name__)

LOCK = 7_190_301  # any number, as long as nobody else uses it
SETTLED = timedelta(seconds=5)  # a younger row may still be published by the process that wrote it
FIRST_WAIT = timedelta(seconds=30)
MOST_DOUBLINGS = 7
FORGOTTEN = timedelta(days=1)
DIED = (
    "The worker stopped in mid-job on each attempt, most often because memory ran out. "
    "The administrators find the details in the log."
)


@dataclass(frozen=True)
class Swept:
    """What one sweep has done."""

    cancelled: int = 0
    taken_back: int = 0
    published: int = 0


def sweep() -> Swept:
    """Put right what crashes, restarts and lost messages have left. Safe to run at any time, by any number at once.

    None is published while the broker is down.
    1. An advisory lock for the transaction: of several sweeps one works.
    2. What was asked to stop and has nobody to confirm it becomes CANCELLED.
    3. What runs on an expired lease is queued again, or has failed with its third attempt.
    4. What waits without a message is marked, and published after the commit.
    """
    lengths = queue_lengths(sorted({kind.queue for kind in job_kinds().values()}))
    with transaction.atomic():
        if not _lock():
            return Swept()
        cancelled = _cancel_asked()
        taken_back = _take_back_expired()
        due = _mark_due(lengths) if lengths is not None else []
        Worker.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()
    published = sum(send(job_id=pk, queue=queue) for pk, queue in due)
    return Swept(cancelled=cancelled, taken_back=taken_back, published=published)


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _locked_expired() -> QuerySet[Job]:
    """Rows that somebody is just writing are left alone: whoever does is alive."""
    return Job.objects.expired().select_for_update(skip_locked=True, no_key=True)


def _cancel_asked() -> int:
    queued = Job.objects.filter(state=JobState.QUEUED, cancel_requested=True).values_list("pk", flat=True)
    cancelled = sum(cancel_queued(pk) for pk in list(queued))
    for job in _locked_expired().filter(cancel_requested=True):
        confirm_cancel(Hold(job_id=job.pk, fence=job.fence))
        remove_attempts(job.pk)
        cancelled += 1
    return cancelled


def _take_back_expired() -> int:
    jobs = list(_locked_expired().filter(cancel_requested=False))
    for job in jobs:
        logger.warning("the lease of job %s ran out, attempt %s, worker %s", job.pk, job.attempts, job.worker)
        give_back(Hold(job_id=job.pk, fence=job.fence), message=DIED)
        remove_attempts(job.pk)
    return len(jobs)


def _mark_due(lengths: dict[str, int]) -> list[tuple[int, str]]:
    """Mark as published what is about to be: the next sweep leaves it alone. `lengths`: messages in each queue."""
    columns = ("pk", "queue", "published_at", "publish_count", "age")
    waiting: list[Any] = list(Job.objects.queued_since(SETTLED).values_list(*columns))
    rows_in = Counter(row[1] for row in waiting)
    due = [
        (pk, queue)
        for pk, queue, published_at, count, age in waiting
        if published_at is None or lengths.get(queue, 0) < rows_in[queue] or age > wait_after(count)
    ]
    Job.objects.filter(pk__in=[pk for pk, _ in due]).update(published_at=Now(), publish_count=F("publish_count") + 1)
    return due


def wait_after(publish_count: int) -> timedelta:
    """How long until a message is taken for lost: 30 s, doubled each time, at most about an hour."""
    return FIRST_WAIT * (1 << min(max(publish_count - 1, 0), MOST_DOUBLINGS))
