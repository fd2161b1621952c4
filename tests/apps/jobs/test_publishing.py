import signal
import time

from apps.jobs.models import JobState
from apps.jobs.publishing import queue_lengths, send
from apps.jobs.services import submit
from tests.conftest import Person, RedisServer


def test_a_submission_is_quick_while_the_broker_is_down(
    transactional_db: None, broker: RedisServer, researcher: Person
) -> None:
    submit(kind="count", params={}, owner=researcher.user)
    broker.stop(signal.SIGKILL)
    for _ in range(3):
        begun = time.monotonic()
        job, created = submit(kind="count", params={}, owner=researcher.user)
        assert time.monotonic() - begun < 1
        assert (created, job.state, job.published_at) == (True, JobState.QUEUED, None)


def test_a_submission_is_quick_while_the_broker_is_silent(
    transactional_db: None, broker: RedisServer, researcher: Person
) -> None:
    submit(kind="count", params={}, owner=researcher.user)
    broker.pause()
    begun = time.monotonic()
    job, _ = submit(kind="count", params={}, owner=researcher.user)
    assert time.monotonic() - begun < 2
    assert job.published_at is None


def test_queue_lengths_are_unknown_while_the_broker_is_down(broker: RedisServer) -> None:
    send(job_id=1, queue="short")
    assert queue_lengths(["long", "short"]) == {"long": 0, "short": 1}
    broker.stop(signal.SIGKILL)
    assert queue_lengths(["short"]) is None
