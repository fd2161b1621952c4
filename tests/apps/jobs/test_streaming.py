import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from apps.jobs.claiming import Hold, claim
from apps.jobs.finishing import fail
from apps.jobs.models import Job
from apps.jobs.reporting import report
from apps.jobs.services import submit
from tests.conftest import Person
from workers.records.progress import Progress


@pytest.fixture
def job(researcher: Person) -> Job:
    return submit(kind="count", params={}, owner=researcher.user)[0]


def started(job: Job) -> Hold:
    hold = claim(job_id=job.pk, worker="here")
    assert hold is not None
    return hold


def read(person: Person, job: Job, **headers: str) -> list[dict[str, str]]:
    reply: Any = person.client.get(f"/api/v1/jobs/{job.pk}/events", headers=headers)
    assert reply["Content-Type"] == "text/event-stream"
    return list(parsed(reply.streaming_content))


def parsed(chunks: Iterator[bytes]) -> Iterator[dict[str, str]]:
    for block in b"".join(chunks).decode().split("\n\n"):
        if block and not block.startswith((":", "retry")):
            yield dict(line.split(": ", 1) for line in block.split("\n"))


def test_a_finished_jobs_stream_tells_all_and_ends(researcher: Person, job: Job) -> None:
    hold = started(job)
    report(hold, Progress("counting", 0.5, "half way", {"loss": float("nan")}))
    fail(hold, message="the moon is out of reach")
    events = read(researcher, job)
    lines = [json.loads(event["data"]) for event in events]
    assert [line["state"] for line in lines] == ["queued", "running", "running", "failed", "failed"]
    assert lines[2] | {"id": 0, "at": ""} == {
        "id": 0,
        "at": "",
        "state": "running",
        "stage": "counting",
        "fraction": 0.5,
        "message": "half way",
        "measures": {"loss": None},
    }
    assert (events[-1]["event"], lines[-1]["error"]) == ("finished", "the moon is out of reach")


def test_a_stream_goes_on_after_the_last_event_seen(researcher: Person, job: Job) -> None:
    fail(started(job), message="no")
    ids = [event["id"] for event in read(researcher, job)[:-1]]
    assert [event.get("id") for event in read(researcher, job, **{"Last-Event-ID": ids[1]})] == [ids[2], None]
    reply = researcher.client.get(f"/api/v1/jobs/{job.pk}/events", headers={"Last-Event-ID": ids[2]})
    assert reply.status_code == 204


def test_a_wrong_event_id_is_refused(researcher: Person, job: Job) -> None:
    assert researcher.client.get(f"/api/v1/jobs/{job.pk}/events?after=x").status_code == 400


def test_a_stream_ends_after_its_time(researcher: Person, job: Job, settings: Settings) -> None:
    settings.EARTHSCAPE_EVENT_STREAM_SECONDS = 1
    assert [json.loads(event["data"])["message"] for event in read(researcher, job)] == ["Submitted"]


@pytest.mark.django_db(transaction=True)  # closing a response closes the connection, and its transaction with it
def test_streams_beyond_the_limit_are_refused_and_closed_ones_make_room(
    researcher: Person, job: Job, settings: Settings
) -> None:
    settings.EARTHSCAPE_EVENT_STREAMS = 1
    path = f"/api/v1/jobs/{job.pk}/events"
    first: Any = researcher.client.get(path)
    assert next(first.streaming_content).startswith(b"retry")
    assert researcher.client.get(path).status_code == 503
    first.close()
    second: Any = researcher.client.get(path)
    assert second.status_code == 200
    second.close()


@pytest.mark.django_db(transaction=True)
def test_a_stream_sees_what_comes_while_it_is_open(researcher: Person, job: Job) -> None:
    def end_it() -> None:
        fail(started(job), message="no")
        connection.close()

    ending = threading.Timer(0.3, end_it)
    ending.start()
    assert [event.get("event") for event in read(researcher, job)] == [None, None, None, "finished"]
    ending.join()
