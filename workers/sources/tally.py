"""How much of many files is there, and which of them cannot be had."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from workers.errors import DownloadFailed, EarthScapeError, InvalidInput, LimitExceeded, UnsafeInput

MOST_FAILURES = 20

T = TypeVar("T")


@dataclass(frozen=True)
class Arrived:
    """Where a download stands: files finished, begun and in all, bytes that are there, and bytes that the servers
    have announced for the files that have begun.
    """

    files: int
    begun: int
    of: int
    size: int
    announced: int


class Tally:
    """Counts what all threads have received."""

    def __init__(self, files: int, most: int) -> None:
        self._lock = threading.Lock()
        self._of = files
        self._most = most
        self._finished = 0
        self._size = 0
        self._announced = 0
        self._sizes: dict[str, tuple[int, int]] = {}

    def count(self, url: str, size: int, announced: int | None) -> None:
        """Note how many bytes of a file are there, and how many there will be.

        Raises:
            LimitExceeded: all files together have more than a job may download.
        """
        with self._lock:
            before = self._sizes.get(url, (0, 0))
            now = (size, size if announced is None else announced)
            self._sizes[url] = now
            self._size += now[0] - before[0]
            self._announced += now[1] - before[1]
            total = self._announced
        if total > self._most:
            raise LimitExceeded(f"the downloads of a job may have {self._most:,} bytes in all; these have more")

    def finish(self) -> None:
        """Note that a file is there whole."""
        with self._lock:
            self._finished += 1

    def arrived(self) -> Arrived:
        """Return where the download stands."""
        with self._lock:
            return Arrived(self._finished, len(self._sizes), self._of, self._size, self._announced)


class Failures:
    """The files that cannot be had. They do not stop the others, so that all are told at once; twenty are enough."""

    def __init__(self, of: int) -> None:
        self._lock = threading.Lock()
        self._of = of
        self._errors: dict[int, EarthScapeError] = {}

    def bear(self, number: int, run: Callable[[], T]) -> T | None:
        """Return what `run` does, or None where the file of this number cannot be had.

        Raises:
            DownloadFailed: too many cannot be had.
            UnsafeInput, LimitExceeded, StoreUnavailable, Cancelled: from `run`; these concern more than one file.
        """
        try:
            return run()
        except UnsafeInput:
            raise
        except (DownloadFailed, InvalidInput) as error:
            self._note(number, error)
            return None

    def check(self) -> None:
        """Raise what is told of the files that cannot be had, in their order: of one its own error.

        Raises:
            DownloadFailed, InvalidInput: there are some.
        """
        errors = [error for _, error in sorted(self._errors.items())]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            rest = "; not all were tried" if MOST_FAILURES <= len(errors) < self._of else ""
            told = "".join(f"\n- {error}" for error in errors)
            raise DownloadFailed(f"{len(errors):,} of {self._of:,} files cannot be had{rest}:{told}")

    def _note(self, number: int, error: EarthScapeError) -> None:
        with self._lock:
            self._errors[number] = error
            if len(self._errors) >= MOST_FAILURES:
                self.check()
