from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from apps.jobs import tasks
from apps.jobs.claiming import claim
from apps.jobs.models import Job, Worker
from apps.jobs.publishing import queue_lengths, send
from apps.jobs.services import submit, sweep
from apps.jobs.sweeping import LOCK, Swept, wait_after
from tests.conftest import Person, RedisServer


@pytest.fixture
def job(researcher: Person) -> Job:
    return submit(kind="count", params={}, owner=researcher.user)[0]


def age(job: Job, *, seconds: float, published: bool = True, publish_count: int = 1) -> None:
    """Let the job have waited that long since it was made, or published."""
    then = timezone.now() - timedelta(seconds=seconds)
    values = {"published_at": then, "publish_count": publish_count} if published else {}
    Job.objects.filter(pk=job.pk).update(created_at=then, **values)


def expire(job: Job, *, attempts: int = 1, cancel_requested: bool = False) -> None:
    claim(job_id=job.pk, worker="dead")
    gone = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_until=gone, attempts=attempts, cancel_requested=cancel_requested)


def test_what_was_never_published_is_published(broker: RedisServer, job: Job) -> None:
    age(job, seconds=6, published=False)
    assert sweep() == Swept(published=1)
    assert queue_lengths(["short"]) == {"short": 1}
    assert sweep() == Swept()


def test_a_row_that_was_just_written_is_left_to_its_writer(broker: RedisServer, job: Job) -> None:
    assert sweep() == Swept()


def test_a_message_that_waits_is_not_doubled_before_its_time(broker: RedisServer, job: Job) -> None:
    send(job_id=job.pk, queue="short")
    age(job, seconds=20)
    assert sweep().published == 0
    age(job, seconds=31)
    assert sweep().published == 1


def test_what_a_flush_has_lost_is_published_at_once(broker: RedisServer, job: Job) -> None:
    send(job_id=job.pk, queue="short")
    broker.client.flushall()
    age(job, seconds=6)
    assert sweep().published == 1


def test_the_wait_doubles_up_to_about_an_hour() -> None:
    assert [wait_after(count).total_seconds() for count in (0, 1, 2, 3, 8, 9, 1000)] == [
        30,
        30,
        60,
        120,
        3840,
        3840,
        3840,
    ]


def test_nothing_is_marked_while_the_broker_is_down(job: Job) -> None:
    age(job, seconds=60, published=False)
    assert sweep() == Swept()
    job.refresh_from_db()
    assert job.published_at is None


def test_an_expired_lease_is_taken_back_and_its_folder_removed(job: Job, store: Path) -> None:
    expire(job)
    (store / "jobs" / str(job.pk) / "1").mkdir(parents=True)
    assert sweep().taken_back == 1
    job.refresh_from_db()
    assert (job.state, job.fence, job.attempts, job.lease_until) == ("queued", 1, 1, None)
    assert list((store / "jobs" / str(job.pk)).iterdir()) == []


def test_the_third_expired_lease_is_a_failure(job: Job) -> None:
    expire(job, attempts=3)
    sweep()
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error.startswith("The worker stopped in mid-job")


def test_a_lease_that_holds_is_left_alone(job: Job) -> None:
    claim(job_id=job.pk, worker="alive")
    assert sweep() == Swept()


def test_what_was_asked_to_stop_and_has_no_worker_is_cancelled(job: Job) -> None:
    expire(job, cancel_requested=True)
    assert sweep().cancelled == 1
    job.refresh_from_db()
    assert (job.state, job.finished_at is not None) == ("cancelled", True)


def test_a_worker_silent_for_a_day_is_forgotten(db: None) -> None:
    Worker.objects.create(name="old", seen_at=timezone.now() - timedelta(days=2))
    Worker.objects.create(name="new")
    sweep()
    assert list(Worker.objects.values_list("name", flat=True)) == ["new"]


@pytest.mark.django_db(transaction=True)
def test_of_two_sweeps_at_once_one_works(job: Job) -> None:
    expire(job)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        assert sweep() == Swept()
    finally:
        other.close()
    assert sweep().taken_back == 1


def test_the_command_says_what_was_done(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    expire(job)
    call_command("sweep_jobs")
    assert capsys.readouterr().out == "cancelled 0, taken back 1, published 0\n"


def test_the_task_sweeps(job: Job) -> None:
    expire(job)
    tasks.sweep()
    job.refresh_from_db()
    assert job.state == "queued"
