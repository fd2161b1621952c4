import logging
import threading
import time
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from apps.jobs.claiming import Hold, renew

logger = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews a lease in a thread for as long as the block lasts; `lost` says that it could not be renewed.

    A database that does not answer is asked again until the lease has run out by this process's own clock.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._done = threading.Event()
        self._lost = threading.Event()
        self._good_until = time.monotonic() + settings.EARTHSCAPE_JOB_LEASE_SECONDS
        self._thread = threading.Thread(target=self._keep, name=f"lease-{hold.job_id}", daemon=True)

    @property
    def lost(self) -> bool:
        return self._lost.is_set() or time.monotonic() > self._good_until

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join(timeout=settings.EARTHSCAPE_JOB_GRACE_SECONDS)

    def _keep(self) -> None:
        try:
            while not self._done.wait(settings.EARTHSCAPE_JOB_RENEW_SECONDS) and not self._lost.is_set():
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        asked_at = time.monotonic()
        try:
            held = renew(self._hold)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the lease of job %s could not be renewed: %s", self._hold.job_id, error)
            connection.close()
            return
        if held:
            self._good_until = asked_at + settings.EARTHSCAPE_JOB_LEASE_SECONDS
        else:
            self._lost.set()
