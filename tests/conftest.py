"""What many tests need: people of every role, a store of their own, a private Redis, a real worker."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from kombu import pools
from pytest_django import Settings
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.test import APIClient

from apps.accounts.models import Role, Token, User
from apps.jobs.models import Worker
from earthscape_web.celery import app as celery_app

ROOT = Path(__file__).resolve().parents[1]


def wait_for(condition: Callable[[], object], *, seconds: float = 30, what: str = "it") -> None:
    """Poll until `condition` holds, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.05)


@dataclass(frozen=True)
class Person:
    """A user, and an API client that carries a token of theirs."""

    user: User
    token: str
    client: APIClient


@pytest.fixture
def person(db: None) -> Callable[[Role], Person]:
    """Make a person of a role, a new one each time."""

    def make(role: Role) -> Person:
        user = User.objects.create_user(f"{role.value}-{uuid.uuid4().hex[:8]}", password=secrets.token_hex(), role=role)
        _, token = Token.issue(user=user, name="tests", lifetime=timedelta(hours=1))
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return Person(user, token, client)

    return make


@pytest.fixture
def viewer(person: Callable[[Role], Person]) -> Person:
    return person(Role.VIEWER)


@pytest.fixture
def researcher(person: Callable[[Role], Person]) -> Person:
    return person(Role.RESEARCHER)


@pytest.fixture
def curator(person: Callable[[Role], Person]) -> Person:
    return person(Role.CURATOR)


@pytest.fixture
def administrator(person: Callable[[Role], Person]) -> Person:
    return person(Role.ADMIN)


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Path:
    """An empty file store."""
    settings.EARTHSCAPE_STORE = tmp_path / "store"
    settings.EARTHSCAPE_STORE.mkdir()
    return tmp_path / "store"


def use_broker(url: str) -> None:
    """Point this process's Celery at another broker, and forget its connections to the one before."""
    celery_app.conf.broker_url = url
    celery_app.conf.broker_read_url = celery_app.conf.broker_write_url = None
    celery_app._pool = celery_app.amqp._producer_pool = None
    pools.reset()


@pytest.fixture(scope="session", autouse=True)
def no_foreign_broker() -> None:
    """What a test publishes must never reach a worker of the site that runs beside the tests."""
    use_broker(f"redis://127.0.0.1:{free_port()}/0")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A private redis-server that can be stopped, killed and flushed; it appends to a file, as the site's does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def start(self) -> None:
        settings = {"port": self._port, "bind": "127.0.0.1", "dir": self._folder, "requirepass": self._password}
        settings |= {"appendonly": "yes", "appendfsync": "everysec", "save": ""}
        command = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(["redis-server", *command], stdout=log, stderr=log)
        wait_for(self._answers, what="the start of Redis")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=10)
            self._process = None

    def pause(self) -> None:
        """Leave the socket open and answer nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def _answers(self) -> bool:
        try:
            with self.client as client:
                return bool(client.ping())
        except RedisError:
            return False


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisServer]:
    """A private Redis, with this process's Celery pointed at it."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    server.start()
    before = celery_app.conf.broker_url
    use_broker(server.url)
    yield server
    use_broker(before)
    server.stop(signal.SIGKILL)


class WorkerProcess:
    """A real Celery worker on the test database, in a process group of its own."""

    def __init__(self, *, folder: Path, environment: dict[str, str], concurrency: int = 2) -> None:
        self.name = f"test-{uuid.uuid4().hex[:8]}@here"
        self.log = folder / f"{self.name}.log"
        self.environment = environment
        command = [sys.executable, "-m", "celery", "-A", "earthscape_web", "worker", "--hostname", self.name]
        command += ["--queues", "short,long", "--pool", "threads", "--concurrency", str(concurrency)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
                env=os.environ | environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        wait_for(lambda: self._said_ready() or self._process.poll() is not None, seconds=60, what="the worker's start")
        if self._process.poll() is not None:
            pytest.fail(f"the worker ended:\n{self.log.read_text(errors='replace')[-4000:]}")

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self._process.pid, number)

    def end(self) -> None:
        if self._process.poll() is None:
            self.signal(signal.SIGKILL)
        self._process.wait(timeout=10)

    def _said_ready(self) -> bool:
        return Worker.objects.filter(name=self.name).exists()


@pytest.fixture
def start_worker(
    transactional_db: None, broker: RedisServer, store: Path, settings: Settings, tmp_path: Path
) -> Iterator[Callable[..., WorkerProcess]]:
    """Start real workers with short leases; further environment variables as keyword arguments."""
    settings.EARTHSCAPE_JOB_LEASE_SECONDS = 4
    workers: list[WorkerProcess] = []

    def start(*, concurrency: int = 2, **further: str) -> WorkerProcess:
        environment = _worker_environment(broker_url=broker.url, store=store)
        workers.append(WorkerProcess(folder=tmp_path, environment=environment | further, concurrency=concurrency))
        workers[-1].wait_until_ready()
        return workers[-1]

    yield start
    for worker in workers:
        worker.end()


@pytest.fixture
def job_worker(start_worker: Callable[..., WorkerProcess]) -> WorkerProcess:
    return start_worker()


def _worker_environment(*, broker_url: str, store: Path) -> dict[str, str]:
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    return {
        "DJANGO_SETTINGS_MODULE": "earthscape_web.settings.testing",
        "EARTHSCAPE_DATABASE_URL": (
            f"postgresql://{user}:{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        ),
        "EARTHSCAPE_BROKER_URL": broker_url,
        "EARTHSCAPE_STORE": str(store),
        "EARTHSCAPE_EXTRA_JOB_KINDS": "tests.apps.jobs.kinds:KINDS",
        "EARTHSCAPE_JOB_LEASE_SECONDS": "4",
        "EARTHSCAPE_JOB_RENEW_SECONDS": "1",
        "EARTHSCAPE_JOB_GRACE_SECONDS": "1",
        "EARTHSCAPE_JOB_SWEEP_SECONDS": "3600",
    }
