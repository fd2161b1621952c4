"""Files written whole or not at all, their checksums, and stages that are not computed twice."""

import contextlib
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from workers.errors import BrokenFile, LimitExceeded, UnsafeInput
from workers.records.codec import dumps
from workers.records.files import FileRecord

_CHUNK = 1 << 20
_ABANDONED_SECONDS = 48 * 3600.0  # no stage takes as long


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex, reading it in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_outside_files(paths: Iterable[Path], *, root: Path, largest: int) -> None:
    """Refuse what cannot be read safely: what a link leads to out of the folder could be told in an error message.

    Raises:
        UnsafeInput: a link leads out of the folder, or a file has more bytes than `largest`.
        BrokenFile: no regular file, or one that may not be read.
    """
    folder = root.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(folder):
            raise UnsafeInput(f"{path} leads out of {root}")
        if not path.is_file() or not os.access(path, os.R_OK):
            raise BrokenFile(path, "not a file that can be read")
        if path.stat().st_size > largest:
            raise UnsafeInput(f"{path} is larger than {largest >> 20} MiB")


def rasters_in(folder: Path) -> list[Path]:
    """Return the GeoTIFF files of a folder by name, those of folders in it left out."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in (".tif", ".tiff") and path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))


def describe_file(path: Path, *, root: Path) -> FileRecord:
    """Return the record of a file, its path relative to `root`."""
    return FileRecord(path=path.relative_to(root).as_posix(), sha256=sha256_of(path), size=path.stat().st_size)


def checksum_of(record: object) -> str:
    """Return the SHA-256 in hex of a record's canonical JSON."""
    return hashlib.sha256(dumps(record).encode()).hexdigest()


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it there, synced, when the block ends well, delete it otherwise.

    The temporary name keeps the suffix, since GDAL chooses by it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        yield temporary
        move_whole(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def move_whole(temporary: Path, path: Path) -> None:
    """Give a finished file its name, once its bytes are on the disk."""
    _sync(temporary)
    temporary.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class StageCache:
    """Folders of finished stages, named by a checksum of everything that determines their content.

    A stage is computed into a temporary folder and moved into place, so a folder that exists is complete, whoever made
    it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def sweep(self) -> None:
        """Remove what processes that were killed have left half done: what nobody has touched for two days."""
        before = time.time() - _ABANDONED_SECONDS
        for left in self.root.glob("*/.*"):
            with contextlib.suppress(OSError):  # another process sweeps as well, or it is another user's
                if max(path.stat().st_mtime for path in (left, *left.rglob("*"))) < before:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()

    def place(self, name: str, inputs: object) -> Path:
        """Return where the folder of stage `name` for `inputs` (plain data or a record) is, or will be."""
        return self.root / name / checksum_of({"stage": name, "inputs": inputs})

    def folder(self, name: str, inputs: object, compute: Callable[[Path], None]) -> Path:
        """Return the folder of stage `name` for `inputs`, computing it if nobody has."""
        final = self.place(name, inputs)
        if final.is_dir():
            return final
        temporary = final.with_name(f".{uuid.uuid4().hex}")
        temporary.mkdir(parents=True)
        try:
            compute(temporary)
            _move_into_place(temporary, final)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return final


def _move_into_place(temporary: Path, final: Path) -> None:
    try:
        temporary.rename(final)
    except OSError:
        if not final.is_dir():  # where it is one, another worker has finished the same stage first
            raise


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, by a hard link where the file system allows it, else by a copy.

    Raises:
        FileExistsError: the name is taken. Writing over it would change every file that shares its bytes by a link.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        _copy_as_new(source, target)


def _copy_as_new(source: Path, target: Path) -> None:
    with contextlib.ExitStack() as undo:
        with source.open("rb") as stream, target.open("xb") as copy:
            undo.callback(target.unlink)
            shutil.copyfileobj(stream, copy, _CHUNK)
        shutil.copystat(source, target)
        undo.pop_all()


def room_beyond(folder: Path, *, reserve: int) -> int:
    """Return how many bytes the disk of a folder takes before less than `reserve` are free; below 0 where less are."""
    return shutil.disk_usage(folder).free - reserve


def check_room(folder: Path, *, needed: int, reserve: int, what: str) -> None:
    """Check that the disk of a folder has room for `needed` bytes beyond those that are to stay free.

    Raises:
        LimitExceeded: saying how much is needed, may be used and stays free.
    """
    room = room_beyond(folder, reserve=reserve)
    if needed > room:
        raise LimitExceeded(
            f"{what} need up to {_megabytes(needed)}, and the store's disk has room for {_megabytes(max(0, room))} "
            f"beyond the {_megabytes(reserve)} that stay free: ask the operator for room, or take less at once."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
