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
    """The workers of one job, and the locks by which they and those of other jobs claim what they compute.

    A lock ends with the process that holds it, however that ends, so nothing that a killed worker had claimed stays
    claimed. Both folders lie in the store, on a file system that keeps `flock` among all hosts: a local one, NFS 4,
    CephFS. `folder` is the job's, named `JOB-ATTEMPT`; `claims` is common to all jobs that share stages.
    """

    def __init__(self, folder: Path, claims: Path) -> None:
        self._folder = folder
        self._claims = claims

    @contextlib.contextmanager
    def led(self) -> Iterator[None]:
        """Be the worker that the others help, until the block ends; then the folder is removed, and those that attempts
        that died have left.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._remove_left()
        try:
            with _opened(self._folder / _LEADER, os.O_CREAT) as descriptor:
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # waits: a helper may be looking whether it is held
                yield
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def is_led(self) -> bool:
        """Return whether there is somebody to help."""
        try:
            with _opened(self._folder / _LEADER) as descriptor:
                return not _lock(descriptor)
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
        """Yield whether a piece of work is this process's own until the block ends; it is not where another has it."""
        self._claims.mkdir(parents=True, exist_ok=True)
        with _opened(self._claims / name, os.O_CREAT) as descriptor:
            yield _lock(descriptor)

    def _remove_left(self) -> None:
        job, _, attempt = self._folder.name.partition("-")
        for folder in self._folder.parent.glob(f"{job}-*"):
            earlier = int(folder.name.partition("-")[2]) < int(attempt)
            if earlier and not Together(folder, self._claims).is_led():
                shutil.rmtree(folder, ignore_errors=True)

    def pause(self) -> None:
        """Wait a moment for what others compute."""
        time.sleep(_PAUSE)


@contextlib.contextmanager
def _opened(path: Path, how: int = 0) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | how, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
