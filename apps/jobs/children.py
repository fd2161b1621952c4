import contextlib
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from apps.jobs.sandbox import child_environment, working_folder

MEBIBYTE = 1 << 20
MAX_LOG = 4 * MEBIBYTE
MAX_LINE = MEBIBYTE


class Child:
    """`python -m workers KIND spec.json out/` in a process group of its own, with a memory limit.

    Its standard input is a pipe that nobody writes to: its end tells the child that this process is gone, however it
    went. What it says on standard error goes to `log`, up to 4 MiB.
    """

    def __init__(self, *, kind: str, spec: Path, folder: Path, memory_mib: int, log: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "workers", kind, str(spec), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(),
            cwd=working_folder(),
            process_group=0,
        )
        limit = memory_mib * MEBIBYTE
        _limit(self._process.pid, resource.RLIMIT_AS, limit)
        _limit(self._process.pid, resource.RLIMIT_CORE, 0)
        self._log = log.open("wb")
        self._partial = b""
        self._selector = selectors.DefaultSelector()
        for stream in (_pipe(self._process.stdout), _pipe(self._process.stderr)):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._selector.close()
        self._log.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            _pipe(stream).close()

    def status(self) -> int | None:
        """The exit status, minus the signal if one ended it, None while it runs."""
        return self._process.poll()

    def lines(self, *, timeout: float) -> Iterator[bytes]:
        """Yield the lines that come within `timeout` seconds, and at least what is there already."""
        end = time.monotonic() + timeout
        while self._selector.get_map() and (ready := self._selector.select(max(0.0, end - time.monotonic()))):
            for key, _ in ready:
                yield from self._read(key.fileobj)
            if time.monotonic() >= end:
                return
        time.sleep(0 if self._selector.get_map() else min(timeout, 0.05))

    def ask_to_stop(self) -> None:
        """SIGTERM to the child alone: it stops at its next report and takes its helpers with it."""
        self._process.terminate()

    def kill(self) -> None:
        """End the whole group, also what an ended child has left running."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _read(self, stream: object) -> Iterator[bytes]:
        assert not isinstance(stream, int)
        data: bytes = stream.read(65_536) or b""  # type: ignore[attr-defined]  # the selector knows files as "has fileno"
        if not data:
            self._selector.unregister(stream)  # type: ignore[arg-type]  # as above
        elif stream is self._process.stderr:
            self._keep(data)
        else:
            yield from self._split(data)

    def _keep(self, data: bytes) -> None:
        self._log.write(data[: max(0, MAX_LOG - self._log.tell())])
        self._log.flush()

    def _split(self, data: bytes) -> Iterator[bytes]:
        *whole, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > MAX_LINE:
            self._partial = b""
        yield from whole


def _limit(pid: int, what: int, value: int) -> None:
    """Set from outside: code between fork and exec would not be safe beside the threads of this process."""
    with contextlib.suppress(ProcessLookupError):  # it has ended already; its status tells why
        resource.prlimit(pid, what, (value, value))


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
