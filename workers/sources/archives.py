"""The files that are wanted from a zip, taken under made names; anything odd in it and nothing is taken."""

import io
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workers.errors import BrokenFile, InvalidInput, StoreUnavailable, UnsafeInput
from workers.sources.room import Room

MOST_MEMBERS = 10_000
MOST_DIRECTORY = 4 << 20
"""Bytes that the directory of an archive may have, 400 for each member."""
MOST_RATIO = 400
"""Unpacked by packed size. An empty raster reaches 1,000; one with a few percent of ground in it stays under 100."""

_CHUNK = 1 << 20
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".kmz")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class Taking:
    """Which members are wanted, by their endings; the files that belong to a shapefile come with it. Where one `alone`
    is wanted, nobody could say which of several is meant.
    """

    endings: tuple[str, ...]
    most_bytes: int
    alone: bool = False

    def wants(self, name: PurePosixPath) -> bool:
        """Return whether a member is to be taken; what macOS adds is not."""
        if name.name.startswith(".") or "__MACOSX" in name.parts:
            return False
        ending = name.suffix.lower()
        return ending in self.endings or (".shp" in self.endings and ending in _SHAPEFILE)


def unpack(archive: Path, folder: Path, taking: Taking, *, stem: str, check: Callable[[], None]) -> list[Path]:
    """Write the wanted members to `folder` as STEM-1.tif, STEM-2.tif and so on in the order of their names, and return
    their paths; of a shapefile only that of the .shp.

    `check` is called between pieces; what it raises stops the work. The disk is looked at as well, before and between.

    Raises:
        UnsafeInput: before anything is written, where a member is a link, leads out of the folder, is an archive itself
            or encrypted, where two have one name, or where they are too many, too large or packed too well.
        BrokenFile: no zip, damaged, or nothing in it that is wanted.
        InvalidInput: more than one, where one is wanted; or a raster with a mask in a file beside it.
        StoreUnavailable: the disk has no room for what is in it, or the folder cannot be written.
    """
    room = Room(folder.parent)

    def look(size: int) -> None:
        check()
        room.take(size)

    with _reading(archive) as found:
        _check_members(archive, found.infolist(), taking.most_bytes)
        wanted = sorted((info for info in _files(found.infolist()) if taking.wants(_name(info))), key=_order)
        _check_unmasked(archive, found.namelist(), wanted)
        if taking.alone:
            _check_alone(archive, [info.filename for info in wanted if _name(info).suffix.lower() in taking.endings])
        room.check(sum(info.file_size for info in wanted))
        names = _made_names([_name(info) for info in wanted], stem)
        for info, name in zip(wanted, names, strict=True):
            _write(found, info, folder / name, look)
    paths = [folder / name for name in names if Path(name).suffix in taking.endings]
    if not paths:
        raise BrokenFile(archive.name, f"holds no file that ends in {', '.join(taking.endings)}")
    return paths


def _check_members(archive: Path, members: Sequence[zipfile.ZipInfo], most_bytes: int) -> None:
    def refuse(reason: str) -> UnsafeInput:
        return UnsafeInput(f"{archive.name}: {reason}")

    if len(members) > MOST_MEMBERS:
        raise refuse(f"holds {len(members):,} members, more than {MOST_MEMBERS:,}")
    if sum(info.file_size for info in members) > most_bytes:
        raise refuse(f"holds more than {most_bytes:,} bytes when unpacked")
    if sum(info.compress_size for info in members) > archive.stat().st_size:
        raise refuse("its members lie over one another")
    names = Counter(info.filename.rstrip("/").casefold() for info in members)
    if names and names.most_common(1)[0][1] > 1:
        raise refuse(f"holds {names.most_common(1)[0][0][:80]!r} more than once")
    for info in members:
        if reason := _oddity(info):
            raise refuse(f"its member {info.filename[:80]!r} {reason}")


def _check_unmasked(archive: Path, names: Sequence[str], wanted: Sequence[zipfile.ZipInfo]) -> None:
    """A mask beside a raster says what is missing, and is not opened."""
    for info in wanted:
        if f"{info.filename}.msk" in names:
            raise InvalidInput(
                f"{archive.name}: holds {info.filename[:80]} with a mask beside it, which is not opened; put it into "
                "the raster (gdal_translate --config GDAL_TIFF_INTERNAL_MASK YES)"
            )


def _check_alone(archive: Path, names: Sequence[str]) -> None:
    if len(names) > 1:
        some = ", ".join(name[:80] for name in names[:3])
        raise InvalidInput(f"{archive.name}: holds {len(names)} files ({some}); make a zip with the one that is meant")


def _oddity(info: zipfile.ZipInfo) -> str | None:
    name, mode = info.orig_filename, info.external_attr >> 16
    if "\\" in name or "\0" in name or ":" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
        return "leads out of the folder"
    if info.header_offset < 0:
        return "lies before the archive begins"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or no file"
    if info.flag_bits & 1:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return "is packed in a way that is not accepted"
    if PurePosixPath(name).suffix.lower() in _ARCHIVES:
        return "is an archive itself"
    if info.file_size > max(_CHUNK, MOST_RATIO * info.compress_size):
        return f"is packed more than {MOST_RATIO} to 1"
    return None


def _files(members: Sequence[zipfile.ZipInfo]) -> Iterator[zipfile.ZipInfo]:
    return (info for info in members if not info.is_dir())


def _name(info: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(info.filename)


def _order(info: zipfile.ZipInfo) -> str:
    return info.filename


def _made_names(names: Sequence[PurePosixPath], stem: str) -> list[str]:
    """Members that differ only in their ending keep one name, since they are one shapefile."""
    numbers: dict[PurePosixPath, int] = {}
    return [
        f"{stem}-{numbers.setdefault(name.with_suffix(''), len(numbers) + 1)}{name.suffix.lower()}" for name in names
    ]


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, look: Callable[[int], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as member, path.open("xb") as target:
        while chunk := member.read(_CHUNK):
            look(len(chunk))
            left -= len(chunk)
            if left < 0:
                raise UnsafeInput(f"{info.filename[:80]!r} is larger than it declares")
            target.write(chunk)
    if left:
        raise BrokenFile(info.filename[:80], f"ends {left:,} bytes before its declared size")


class _Bounded(io.BufferedReader):
    """The file of an archive. zipfile reads the directory in one piece, and makes an object of each member in it,
    before anybody can count them.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb", buffering=0))
        self._name = path.name

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_DIRECTORY:
            raise UnsafeInput(f"{self._name}: its directory has {size:,} bytes, more than {MOST_DIRECTORY:,}")
        return super().read(size)


@contextmanager
def _reading(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with _Bounded(archive) as stream, zipfile.ZipFile(stream) as found:
            yield found
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{archive.name}: {error}") from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise BrokenFile(archive.name, f"is not a zip that can be read: {error}") from error
    except zlib.error as error:
        raise BrokenFile(archive.name, f"is damaged: {error}") from error
    except OSError as error:
        raise StoreUnavailable(f"{archive.name}: cannot be unpacked: {error.strerror}") from error
