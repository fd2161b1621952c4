from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.jobs.models import Worker
from apps.jobs.services import cancel_job, submit
from tests.conftest import Person, RedisServer


@pytest.fixture
def living_worker(db: None) -> Worker:
    return Worker.objects.create(name="short@here")


def checks_of(client: Client, *, status: int) -> dict[str, str]:
    reply = client.get("/readyz")
    assert reply.status_code == status
    checks: dict[str, str] = reply.json()["checks"]
    return checks


def test_a_living_process_says_so(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_with_all_its_parts(client: Client, broker: RedisServer, living_worker: Worker) -> None:
    assert checks_of(client, status=200) == {"database": "ok", "broker": "ok", "store": "ok", "worker": "ok"}


def test_not_ready_without_a_broker(client: Client, living_worker: Worker) -> None:
    assert checks_of(client, status=503)["broker"] == "failing"


def test_not_ready_without_a_living_worker(client: Client, broker: RedisServer, living_worker: Worker) -> None:
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert checks_of(client, status=503) == {"database": "ok", "broker": "ok", "store": "ok", "worker": "failing"}


def test_not_ready_without_a_store(
    client: Client, broker: RedisServer, living_worker: Worker, settings: Settings
) -> None:
    settings.EARTHSCAPE_STORE = "/proc/nowhere"
    assert checks_of(client, status=503)["store"] == "failing"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_only_read(client: Client, db: None, path: str) -> None:
    assert client.post(path).status_code == 405


def test_metrics_count_jobs_and_workers(client: Client, researcher: Person, living_worker: Worker) -> None:
    jobs = [submit(kind="count", params={}, owner=researcher.user)[0] for _ in range(3)]
    cancel_job(job=jobs[0], actor=researcher.user)
    lines = client.get("/metrics").content.decode().splitlines()
    assert 'earthscape_jobs{kind="count",state="queued"} 2.0' in lines
    assert 'earthscape_jobs{kind="count",state="cancelled"} 1.0' in lines
    assert 'earthscape_jobs{kind="train",state="failed"} 0.0' in lines
    assert "earthscape_workers 1.0" in lines
