"""One URL into one file: resumed, retried, checked."""

import contextlib
import errno
import http.client
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.response import BaseHTTPResponse

from workers.errors import DownloadFailed, LimitExceeded, StoreUnavailable, UnsafeInput
from workers.files import move_whole, sha256_of
from workers.sources.addresses import LookupFailed, failed
from workers.sources.connections import Answer, Asking, ask
from workers.sources.pace import TooSlow
from workers.sources.parts import Part, mark_of
from workers.sources.room import Room

Count = Callable[[int, int | None], None]
"""Told how many bytes of a file are there, and how many there will be where the server says it."""

_CHUNK = 1 << 16
_STATUS_WORTH_RETRYING = (408, 425, 429, 500, 502, 503, 504)
_STATUS_BUSY = (429, 503, 504)
_LONGEST_PAUSE = 60.0
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")


@dataclass(frozen=True)
class Wanted:
    """A file to download: its URL, the tile it is for, and size (bytes) and SHA-256 (hex) where they are known."""

    url: str
    tile: str = ""
    size: int | None = None
    sha256: str | None = None


class TryAgain(Exception):
    """Something that may be otherwise at the next try, after at least `pause` seconds; `busy`, the server has too much
    to do.
    """

    def __init__(self, reason: object, *, pause: float = 0.0, busy: bool = False) -> None:
        super().__init__(str(reason))
        self.pause = pause
        self.busy = busy

    def told_after(self, attempts: int) -> str:
        """Return the reason for a message once nobody tries any more; of a busy server also what to do."""
        if not self.busy:
            return str(self)
        times = "" if attempts == 1 else f", {attempts} times in a row"
        return f"{self}{times}: it is busy. Try again in some minutes, or with a smaller region"


def _take(path: Path) -> None:
    """Accept a file as it is."""


def fetch(wanted: Wanted, target: Path, asking: Asking, count: Count, check: Callable[[Path], None] = _take) -> str:
    """Download a URL to `target` and return the SHA-256 of what it holds, in hex.

    What a broken-off try has left in `target`.part is gone on from, also after a restart, if the server says that the
    file is still the same. `check` is given the file before it is kept; what it raises drops the file, and `TryAgain`
    among that has the server asked once more, within the same attempts.

    Raises:
        DownloadFailed: the server does not give the file, or not the one that is wanted; it names tile and URL.
        UnsafeInput: the URL leads to where nothing may be downloaded from.
        LimitExceeded: larger than one file may be.
        StoreUnavailable: it cannot be written.
        Cancelled: stopped; what has arrived is kept.
    """
    return _Transfer(wanted, target, asking, count, check).run()


class _Transfer:
    def __init__(
        self, wanted: Wanted, target: Path, asking: Asking, count: Count, check: Callable[[Path], None]
    ) -> None:
        self._wanted = wanted
        self._target = target
        self._asking = asking
        self._count = count
        self._check = check
        self._part = Part(target)
        self._room = Room(target.parent)

    def run(self) -> str:
        farthest, failures = self._part.size, 0
        while True:
            begun = time.monotonic()
            try:
                if not self._part.complete:
                    self._attempt()
                self._check_content()
                break
            except TryAgain as trouble:
                self._asking.stop.check()  # a connection that was shut to stop looks like one that broke off
                on = self._part.size >= farthest + self._least(time.monotonic() - begun)
                farthest, failures = max(farthest, self._part.size), 1 if on else failures + 1
                if failures >= self._asking.allowed.attempts:
                    raise self._failed(trouble.told_after(failures)) from trouble
                self._asking.stop.pause(max(trouble.pause, self._back_off(failures)))
        return self._finish()

    def _least(self, seconds: float) -> float:
        """How many bytes a try must bring not to be a failure; else a server that trickles, or breaks off now and then,
        would never be given up.
        """
        return max(float(_CHUNK), self._asking.allowed.slowest * seconds)

    def _back_off(self, failures: int) -> float:
        """Doubling, and spread, so that many files that broke off together do not come back together."""
        pause = self._asking.allowed.pause * 2.0 ** (failures - 1)
        return float(min(_LONGEST_PAUSE, pause) * random.uniform(0.5, 1.0))

    def _attempt(self) -> None:
        try:
            with ask(self._wanted.url, self._part.resume_headers(), self._asking) as answer:
                self._begin(answer.response)
                self._check_announced()
                with _storing(self._part), self._part.appending() as stream:
                    self._receive(answer, stream)
            self._check_arrived()
        except ssl.SSLCertVerificationError as error:
            raise self._failed(f"the server's certificate is not accepted: {error.verify_message}") from error
        except UnsafeInput as error:
            raise UnsafeInput(str(failed(self._wanted.url, error, tile=self._wanted.tile))) from error
        except (LookupFailed, OSError, HTTPError, http.client.HTTPException) as error:
            raise TryAgain(_told(error) + self._so_far()) from error

    def _check_content(self) -> None:
        with contextlib.ExitStack() as undo:
            undo.callback(self._part.discard)
            self._check(self._part.path)
            undo.pop_all()

    def _so_far(self) -> str:
        size, total = self._part.size, self._part.total
        if not size:
            return ""
        return f", after {size:,} bytes" if total is None else f", after {size:,} of {total:,} bytes"

    def _begin(self, response: BaseHTTPResponse) -> None:
        if response.status in _STATUS_WORTH_RETRYING:
            busy = response.status in _STATUS_BUSY
            raise TryAgain(f"the server answers {response.status}", pause=_retry_after(response), busy=busy)
        if response.status == 416 or (response.status == 206 and not self._goes_on(response)):
            self._part.discard()
            raise TryAgain("the file has changed on the server while it was downloaded")
        if response.status not in (200, 206):
            raise self._failed(f"the server answers {response.status} {(response.reason or '')[:80]}".rstrip())
        if response.headers.get("Content-Type", "").lower().startswith("text/html"):
            raise self._failed("the server sent a web page, not a file")
        if response.status == 200:
            with _storing(self._part):
                self._part.begin(response.headers, _whole(response.headers.get("Content-Length")))

    def _goes_on(self, response: BaseHTTPResponse) -> bool:
        """Some servers answer with a range of a new file although they were told not to."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None or self._part.mark is None or mark_of(response.headers) != self._part.mark:
            return False  # nor was a range asked for, without a mark
        if int(found[1]) != self._part.size:
            return False
        return found[2] == "*" or self._part.total in (None, int(found[2]))

    def _check_announced(self) -> None:
        total, largest = self._part.total, self._asking.allowed.largest
        if total is None:
            return
        if self._wanted.size not in (None, total):
            raise self._failed(f"the server announces {total:,} bytes, the index says {self._wanted.size:,}")
        if total > largest:
            raise LimitExceeded(str(self._failed(f"has {total:,} bytes, a file may have {largest:,}")))
        try:
            self._room.check(total - self._part.size)
        except StoreUnavailable as error:
            raise StoreUnavailable(str(self._failed(error))) from error

    def _receive(self, answer: Answer, stream: BinaryIO) -> None:
        received = self._part.size
        for piece in answer.pieces(_CHUNK):
            self._asking.stop.check()
            received += len(piece)
            self._check_may_go_on(len(piece), received)
            stream.write(piece)
            self._count(received, self._part.total)

    def _check_may_go_on(self, size: int, received: int) -> None:
        """Where a file may not become larger, what has arrived of it would only keep the disk full."""
        largest = self._asking.allowed.largest
        if received > largest:
            self._part.discard()
            raise LimitExceeded(str(self._failed(f"a file may have {largest:,} bytes")))
        try:
            self._room.take(size)
        except StoreUnavailable as error:
            self._part.discard()
            raise StoreUnavailable(str(self._failed(error))) from error

    def _check_arrived(self) -> None:
        """A body may end well and be another one than was announced: a range that ends too early, or a lie."""
        self._asking.stop.check()  # a body of unknown length seems to end when its connection is shut
        size, total = self._part.size, self._part.total
        if size == total or (total is None and size):  # nothing of unknown length: the head may have broken off
            return
        trouble = TryAgain(f"the body has ended{self._so_far()}")
        if size > (total or 0):
            self._part.discard()
        raise trouble

    def _finish(self) -> str:
        size, sha256 = self._part.size, sha256_of(self._part.path)
        if self._wanted.size not in (None, size):
            self._part.discard()
            raise self._failed(f"has {size:,} bytes, the index says {self._wanted.size:,}")
        if self._wanted.sha256 is not None and self._wanted.sha256.lower() != sha256:
            self._part.discard()
            raise self._failed(f"its SHA-256 is {sha256}, the index says {self._wanted.sha256}")
        self._count(size, size)
        with _storing(self._part):
            move_whole(self._part.path, self._target)
            self._part.forget_note()
        return sha256

    def _failed(self, reason: object) -> DownloadFailed:
        return failed(self._wanted.url, reason, tile=self._wanted.tile)


@contextlib.contextmanager
def _storing(part: Part) -> Iterator[None]:
    """Within the block an OSError is the store's: those of the network have become urllib3's own."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            part.discard()  # it would keep the disk full
        raise StoreUnavailable(f"{part.path.name} cannot be written: {error.strerror}") from error


def _told(error: Exception) -> str:
    if isinstance(error, LookupFailed | TooSlow):
        return str(error)
    if isinstance(error, ssl.SSLError):
        return f"no secure connection: {error.reason or error}"
    if isinstance(error, NewConnectionError | ConnectionRefusedError):
        return "the server cannot be reached"
    if isinstance(error, TimeoutError | HTTPTimeoutError):
        return "the server does not answer in time"
    return "the connection broke off"


def _retry_after(response: BaseHTTPResponse) -> float:
    seconds = _whole(response.headers.get("Retry-After"))
    return min(_LONGEST_PAUSE, float(seconds or 0))


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 16 else None
