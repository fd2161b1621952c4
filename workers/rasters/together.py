"""Several workers at one region: each claims what it computes by a lock in a folder that all of them see."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_LEADER = "leader"
_PAUSE = 0.2


class Together:
    """The locks of one job's workers. A lock ends with the process that holds it, however that ends, so nothing that a
    killed worker had claimed stays claimed.

    The folder lies in the store, on a file system that keeps `flock` among all hosts: a local one, NFS 4, CephFS.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def led(self) -> Iterator[None]:
        """Be the worker that the others help, until the block ends; then the folder is removed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with self._opened(_LEADER) as descriptor:
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # waits: a helper may be looking whether it is held
                yield
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def is_led(self) -> bool:
        """Return whether there is somebody to help."""
        try:
            with self.claimed(_LEADER) as free:
                return not free
        except FileNotFoundError:
            return False

    def wait_for_leader(self, seconds: float, tell: Callable[[], None]) -> bool:
        """Return whether there is somebody to help, as soon as there is; `tell` is called while waiting."""
        ends = time.monotonic() + seconds
        while not self.is_led():
            if time.monotonic() > ends:
                return False
            tell()
            self.pause()
        return True

    @contextlib.contextmanager
    def claimed(self, name: str) -> Iterator[bool]:
        """Yield whether a piece of work is this process's own until the block ends; it is not where another has it.

        Raises:
            FileNotFoundError: the job has ended and its folder is gone.
        """
        with self._opened(name) as descriptor:
            yield _lock(descriptor)

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def pause(self) -> None:
        """Wait a moment for what others compute."""
        time.sleep(_PAUSE)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
