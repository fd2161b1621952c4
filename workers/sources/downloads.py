"""Several files at once into a folder that keeps them, so that nothing is downloaded twice."""

import contextlib
import fcntl
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from workers.errors import InvalidInput, StoreUnavailable, UnsafeInput
from workers.files import describe_file, write_text
from workers.records.codec import dumps
from workers.records.downloads import Downloads
from workers.records.files import FileRecord
from workers.sources.addresses import Resolve, failed, look_up, place_of, rule_for
from workers.sources.archives import Taking, unpack
from workers.sources.connections import Asking, Stop
from workers.sources.fetch import Wanted, fetch
from workers.sources.kept import NOTE, Kept, Kind, Note, find_kept, folder_for
from workers.sources.tally import Arrived, Failures, Tally

_TELL_SECONDS = 0.25
LET_GO_SECONDS = 2.0
_LOCK_SECONDS = 0.2
_ZIP_START = b"PK\3\4"
_UNSAFE_SIGNS = re.compile(r"[^A-Za-z0-9_-]+")


def download_all(
    wanted: Sequence[Wanted],
    kind: Kind,
    allowed: Downloads,
    tell: Callable[[Arrived], None],
    resolve: Resolve = look_up,
) -> list[Kept]:
    """Return what each wanted URL holds, downloading what is not kept yet, several at once.

    1. Check every URL against the operator's list, before anything is asked. 2. Download, unpack and check each into a
    folder named by its URL, under a lock, so that two jobs do not do it at once. 3. A file that cannot be had does not
    stop the others, until there are twenty; all that concerns more than one file, and what `tell` raises, stops all at
    once. What has arrived is gone on from the next time.

    Raises:
        DownloadFailed, InvalidInput: of the files that cannot be had; the message names the tile and URL of each.
        UnsafeInput: a URL or a file that is refused.
        LimitExceeded: one file or all of them are larger than allowed.
        StoreUnavailable: the folder cannot be written, or its disk has no room.
    """
    for each in wanted:
        _check_listed(each, allowed)
    tally, failures, stop = Tally(len(wanted), allowed.most), Failures(len(wanted)), Stop()
    pool = ThreadPoolExecutor(allowed.at_once, thread_name_prefix="download")
    asking = Asking(allowed, stop, resolve)
    keeping = [_Keeping(each, kind, asking, tally).run for each in wanted]
    futures = [pool.submit(failures.bear, number, run) for number, run in enumerate(keeping)]
    try:
        await_all(futures, lambda: tell(tally.arrived()))
        failures.check()
        return [kept for future in futures if (kept := future.result()) is not None]
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        wait(futures, timeout=LET_GO_SECONDS)  # only looking up a name cannot be interrupted


def await_all(futures: Sequence[Future[Any]], tell: Callable[[], None]) -> None:
    """Wait for all, telling that one waits; raise what the first that fails raises, or what `tell` does."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=_TELL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        tell()


def _check_listed(wanted: Wanted, allowed: Downloads) -> None:
    try:
        rule_for(place_of(wanted.url), allowed.hosts)
    except InvalidInput as error:
        raise UnsafeInput(str(failed(wanted.url, error, tile=wanted.tile))) from error


class _Keeping:
    """One URL on its way into its folder."""

    def __init__(self, wanted: Wanted, kind: Kind, asking: Asking, tally: Tally) -> None:
        self._wanted = wanted
        self._kind = kind
        self._asking = asking
        self._tally = tally
        self._folder = folder_for(wanted.url, kind, Path(asking.allowed.folder))

    def run(self) -> Kept:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with locked(self._folder / "lock", self._asking.stop):
                kept = self._kept() or self._download()
        except OSError as error:  # the network's have become errors of ours
            raise StoreUnavailable(f"the folder for downloads cannot be written: {error.strerror}") from error
        self._tally.finish()
        return kept

    def _kept(self) -> Kept | None:
        found = find_kept(self._wanted, self._folder)
        if found is None:
            return None
        note, kept = found
        self._tally.count(self._wanted.url, note.size, note.size)
        return kept

    def _download(self) -> Kept:
        """What was there before under this URL stays where it is: another job may be reading it. What processes that
        were killed have left half taken goes.
        """
        download, taken = self._folder / "download", self._folder / ".taken"
        for left in self._folder.glob(".*"):
            shutil.rmtree(left, ignore_errors=True)
        sha256 = fetch(self._wanted, download, self._asking, self._count)
        size, final = download.stat().st_size, self._folder / sha256
        try:
            files = self._take(download, taken)
            if not Kept(final, files).is_whole:
                shutil.rmtree(final, ignore_errors=True)
                taken.rename(final)
        except InvalidInput as error:
            raise _told(error, self._wanted) from error
        except StoreUnavailable as error:
            raise StoreUnavailable(str(failed(self._wanted.url, error, tile=self._wanted.tile))) from error
        finally:
            shutil.rmtree(taken, ignore_errors=True)
            download.unlink(missing_ok=True)
        write_text(self._folder / NOTE, dumps(Note(self._wanted.url, size, sha256, sha256, files)))
        return Kept(final, files)

    def _count(self, size: int, announced: int | None) -> None:
        self._tally.count(self._wanted.url, size, announced)

    def _take(self, download: Path, folder: Path) -> tuple[FileRecord, ...]:
        paths = self._unpacked(download, folder) if _begins(download, _ZIP_START) else [self._alone(download, folder)]
        for path in paths:
            self._asking.stop.check()
            self._kind.check(path)
        return tuple(describe_file(path, root=folder) for path in paths)

    def _unpacked(self, download: Path, folder: Path) -> list[Path]:
        taking = Taking(tuple(self._kind.endings.values()), self._asking.allowed.largest)
        return unpack(download, folder, taking, stem=made_name(self._wanted.url), check=self._asking.stop.check)

    def _alone(self, download: Path, folder: Path) -> Path:
        for start, ending in self._kind.endings.items():
            if _begins(download, start):
                folder.mkdir()
                return download.rename(folder / f"{made_name(self._wanted.url)}{ending}")
        raise UnsafeInput(f"what the server sent is neither a zip nor a {self._kind.name}")


def made_name(url: str) -> str:
    """Return a name for what a URL holds, without ending: of the URL's last part only what is harmless in a name."""
    last = unquote(url.partition("?")[0].rstrip("/").rpartition("/")[2]).rpartition(".")
    return _UNSAFE_SIGNS.sub("-", last[0] or last[2]).strip("-")[:80] or "download"


def _told(error: InvalidInput, wanted: Wanted) -> InvalidInput:
    kind = UnsafeInput if isinstance(error, UnsafeInput) else InvalidInput
    return kind(str(failed(wanted.url, error, tile=wanted.tile)))


def _begins(path: Path, start: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(start)) == start


@contextlib.contextmanager
def locked(path: Path, stop: Stop) -> Iterator[None]:
    """Hold the lock of a folder, which ends with the process that holds it; wait for another one."""
    with path.open("wb") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                stop.pause(_LOCK_SECONDS)
        yield
