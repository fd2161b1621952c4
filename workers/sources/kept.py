"""What earlier downloads have left: the files behind a URL, whole, in a folder named by it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workers.records.codec import from_data
from workers.records.files import FileRecord
from workers.sources.fetch import Wanted

NOTE = "about.json"


@dataclass(frozen=True)
class Kind:
    """What is wanted behind the URLs: how each kind of file begins and the ending it then gets, and what else must hold
    of a file for it to be kept (`check` raises `InvalidInput`).
    """

    name: str
    endings: dict[bytes, str]
    check: Callable[[Path], None]


@dataclass(frozen=True)
class Kept:
    """The files behind one URL, in the order of their names, and their records with paths relative to `folder`."""

    folder: Path
    files: tuple[FileRecord, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return where the files lie."""
        return tuple(self.folder / file.path for file in self.files)

    @property
    def is_whole(self) -> bool:
        """Whether all files are there with all their bytes."""
        found = zip(self.paths, self.files, strict=True)
        return all(path.is_file() and path.stat().st_size == file.size for path, file in found)


@dataclass(frozen=True)
class Note:
    """What was downloaded and what was taken from it; written last, so where there is one all files are."""

    url: str
    size: int
    sha256: str
    folder: str
    files: tuple[FileRecord, ...] = field(default_factory=tuple)


def size_kept(wanted: Wanted, kind: Kind, folder: Path) -> int | None:
    """Return the bytes of the download that is kept for a URL, so that it is not downloaded again; None without one."""
    found = find_kept(wanted, folder_for(wanted.url, kind, folder))
    return None if found is None else found[0].size


def folder_for(url: str, kind: Kind, folder: Path) -> Path:
    """Return where in the folder for downloads the files behind a URL lie, if they are of a kind."""
    return folder / hashlib.sha256(url.encode()).hexdigest() / kind.name


def find_kept(wanted: Wanted, folder: Path) -> tuple[Note, Kept] | None:
    """Return what is whole in the folder of a URL, or None, also where the index tells of another file than this."""
    path = folder / NOTE
    if not path.exists():
        return None
    note = from_data(Note, json.loads(path.read_text(encoding="utf-8")))
    kept = Kept(folder / note.folder, note.files)
    if wanted.size not in (None, note.size) or wanted.sha256 not in (None, note.sha256):
        return None
    return (note, kept) if kept.is_whole else None
