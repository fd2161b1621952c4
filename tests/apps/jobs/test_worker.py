"""The job engine with a real worker: what dies, stalls, comes twice or is cancelled, and what must come of it."""

import base64
import json
import pickle
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from apps.accounts.models import AuditEntry
from apps.jobs.models import Job, JobState, Worker
from apps.jobs.publishing import send
from apps.jobs.services import cancel_job, submit, sweep
from tests.conftest import Person, RedisServer, WorkerProcess, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def submit_count(person: Person, *, steps: int, pause: float = 0.2) -> Job:
    return submit(kind="count", params={"steps": steps, "pause": pause}, owner=person.user)[0]


def state_of(job: Job) -> JobState:
    job.refresh_from_db()
    return JobState(job.state)


def wait_for_state(job: Job, state: JobState, *, seconds: float = 30) -> None:
    wait_for(lambda: state_of(job) == state, seconds=seconds, what=f"{state} of {job}")


def wait_for_report(job: Job) -> None:
    wait_for(lambda: job.events.filter(stage="counting").exists(), what="a report")


def times_recorded(job: Job) -> int:
    return AuditEntry.objects.filter(action="test.recorded", target_id=str(job.pk)).count()


def times_succeeded(job: Job) -> int:
    return AuditEntry.objects.filter(action="job.succeeded", target_id=str(job.pk)).count()


def test_a_job_runs_to_its_result(job_worker: WorkerProcess, researcher: Person, store: Path) -> None:
    job = submit_count(researcher, steps=3, pause=0)
    wait_for_state(job, JobState.SUCCEEDED)
    assert job.result is not None
    assert job.result["result"]["counted"] == 3
    assert job.worker == job_worker.name
    assert (store / "jobs" / str(job.pk) / "1" / "counted.txt").read_text() == "2"


def test_a_worker_that_leaves_in_good_order_takes_its_row_along(job_worker: WorkerProcess) -> None:
    job_worker.signal(signal.SIGTERM)
    wait_for(lambda: not Worker.objects.exists(), what="the end of the heartbeat")


def test_a_killed_workers_job_gives_one_result(
    start_worker: Callable[..., WorkerProcess], researcher: Person, store: Path
) -> None:
    first = start_worker()
    job = submit_count(researcher, steps=15)
    wait_for_report(job)
    first.signal(signal.SIGKILL)
    start_worker()
    wait_for(lambda: sweep().taken_back, what="the end of the lease")
    wait_for(lambda: sweep().published or state_of(job) != JobState.QUEUED, what="the second message")
    wait_for_state(job, JobState.SUCCEEDED)
    assert (job.fence, job.attempts, times_recorded(job), times_succeeded(job)) == (2, 2, 1, 1)
    assert [path.name for path in (store / "jobs" / str(job.pk)).iterdir() if path.is_dir()] == ["2"]


def test_a_stalled_worker_cannot_store_a_second_result(
    start_worker: Callable[..., WorkerProcess], researcher: Person
) -> None:
    first = start_worker()
    job = submit_count(researcher, steps=10)
    wait_for_report(job)
    first.signal(signal.SIGSTOP)
    start_worker()
    wait_for(lambda: sweep().taken_back, what="the end of the lease")
    send(job_id=job.pk, queue=job.queue)
    wait_for_state(job, JobState.RUNNING)
    first.signal(signal.SIGCONT)
    wait_for_state(job, JobState.SUCCEEDED)
    wait_for(lambda: "was lost" in first.log.read_text(), what="the notice of the loss")
    assert (job.fence, times_recorded(job), times_succeeded(job)) == (2, 1, 1)


def test_a_message_that_comes_three_times_starts_one_attempt(job_worker: WorkerProcess, researcher: Person) -> None:
    job = submit_count(researcher, steps=3)
    for _ in range(3):
        send(job_id=job.pk, queue=job.queue)
    wait_for(lambda: job_worker.log.read_text().count("is not to be started") == 3, what="three refusals")
    wait_for_state(job, JobState.SUCCEEDED)
    assert (job.attempts, times_recorded(job)) == (1, 1)


def test_a_cancelled_job_stops_and_leaves_no_file(job_worker: WorkerProcess, researcher: Person, store: Path) -> None:
    job = submit_count(researcher, steps=1000)
    wait_for_report(job)
    cancel_job(job=job, actor=researcher.user)
    wait_for_state(job, JobState.CANCELLED, seconds=5)
    assert [path.name for path in (store / "jobs" / str(job.pk)).iterdir()] == ["1.log"]


def test_a_job_cancelled_before_any_worker_is_up_never_starts(
    start_worker: Callable[..., WorkerProcess], researcher: Person
) -> None:
    job = submit_count(researcher, steps=1)
    cancel_job(job=job, actor=researcher.user)
    worker = start_worker()
    wait_for(lambda: "is not to be started" in worker.log.read_text(), what="the message")
    assert (state_of(job), job.attempts) == (JobState.CANCELLED, 0)


def has_failed(job: Job, *, times: int) -> bool:
    return state_of(job) == JobState.QUEUED and job.attempts == times


def test_a_poison_job_is_tried_three_times(job_worker: WorkerProcess, researcher: Person) -> None:
    job, _ = submit(kind="die", params={}, owner=researcher.user)
    for attempt in (1, 2):
        wait_for(partial(has_failed, job, times=attempt), what=f"failure {attempt}")
        send(job_id=job.pk, queue=job.queue)
    wait_for_state(job, JobState.FAILED)
    assert (job.attempts, job.fence) == (3, 3)
    assert "lies with the system" in job.error


def test_an_endless_job_and_its_helper_are_stopped_at_the_limit(job_worker: WorkerProcess, researcher: Person) -> None:
    job, _ = submit(kind="hang", params={}, owner=researcher.user)
    wait_for_state(job, JobState.FAILED, seconds=12)
    assert job.error == "The job was stopped at its time limit of 2 seconds."
    helper = int(job.events.filter(stage="hanging")[0].message.split()[1])
    wait_for(lambda: not Path(f"/proc/{helper}").exists() or is_zombie(helper), what="the end of the helper")


def is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_redis_that_restarts_and_is_flushed_loses_no_job(
    broker: RedisServer, start_worker: Callable[..., WorkerProcess], researcher: Person
) -> None:
    jobs = [submit_count(researcher, steps=1, pause=0) for _ in range(5)]
    broker.client.flushall()
    broker.stop(signal.SIGKILL)
    jobs += [submit_count(researcher, steps=1, pause=0) for _ in range(5)]
    broker.start()
    start_worker(EARTHSCAPE_JOB_SWEEP_SECONDS="1")
    for job in jobs:
        wait_for_state(job, JobState.SUCCEEDED, seconds=60)
    assert [times_recorded(job) for job in jobs] == [1] * 10


class Payload:
    """Unpickling it makes a file."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._marker,)


def forge_message(broker: RedisServer, body: object) -> None:
    """Push what somebody who reaches the broker could: a real message, but its body is a pickle."""
    send(job_id=1, queue="short")
    taken = broker.client.rpop("short")
    assert isinstance(taken, bytes)
    message = json.loads(taken)
    message |= {
        "body": base64.b64encode(pickle.dumps([[body], {}, {}])).decode(),
        "content-encoding": "binary",
        "content-type": "application/x-python-serialize",
    }
    broker.client.lpush("short", json.dumps(message))


def test_forged_messages_start_nothing(
    broker: RedisServer, start_worker: Callable[..., WorkerProcess], researcher: Person, tmp_path: Path
) -> None:
    marker = tmp_path / "unpickled"
    forge_message(broker, Payload(marker))
    send(job_id=999_999_999, queue="short")
    worker = start_worker()
    job = submit_count(researcher, steps=1, pause=0)
    wait_for_state(job, JobState.SUCCEEDED)
    assert not marker.exists()
    assert "Refusing to deserialize" in worker.log.read_text()
    assert "999999999 is not to be started" in worker.log.read_text()
    assert Job.objects.count() == 1
