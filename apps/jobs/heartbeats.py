import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from apps.jobs.models import Worker
from apps.jobs.sweeping import sweep

logger = logging.getLogger(__name__)

EVERY_SECONDS = 5
ALIVE = timedelta(seconds=30)


class Heartbeat:
    """Says every few seconds, in a thread, that this worker lives, and sweeps.

    The beat asks for sweeps too, but through the broker and a worker that is free: neither may be there just when a
    sweep is needed.
    """

    def __init__(self, *, name: str, queues: list[str]) -> None:
        self._name = name
        self._queues = queues
        self._sweep_at = time.monotonic() + settings.EARTHSCAPE_JOB_SWEEP_SECONDS
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread and take the row away: the worker leaves in good order."""
        self._done.set()
        self._thread.join(timeout=EVERY_SECONDS)
        self._in_database(Worker.objects.filter(name=self._name).delete)

    def _beat(self) -> None:
        started = {"queues": self._queues, "started_at": Now()}
        try:
            while not self._done.is_set():
                started = {} if self._in_database(partial(self._say, started)) else started
                self._sweep_when_due()
                self._done.wait(min(EVERY_SECONDS, settings.EARTHSCAPE_JOB_SWEEP_SECONDS))
        finally:
            connection.close()

    def _say(self, started: dict[str, object]) -> None:
        Worker.objects.update_or_create(name=self._name, defaults={"seen_at": Now(), **started})

    def _sweep_when_due(self) -> None:
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + settings.EARTHSCAPE_JOB_SWEEP_SECONDS
            self._in_database(sweep)

    def _in_database(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the heartbeat of %s goes on without the database: %s", self._name, error)
            connection.close()
            return False
        return True
