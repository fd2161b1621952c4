"""The checksums that a folder brings along, in the form that `sha256sum -c` reads."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workers.errors import BrokenFile
from workers.files import check_outside_files, sha256_of
from workers.records.tile_folders import CHECKSUMS

LARGEST_MANIFEST = 512 << 20  # a line has about 130 bytes, so of millions of files
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) [ *](?P<path>[^\0]+)")


@dataclass(frozen=True)
class Manifest:
    """The SHA-256 in hex of files by their path relative to `root`; none where the folder has no list of them."""

    root: Path
    sums: Mapping[str, str]

    def check(self, path: Path, sha256: str) -> None:
        """Hold the checksum of a file against the list; what is not listed is not known.

        Raises:
            BrokenFile: they differ.
        """
        listed = self.sums.get(path.relative_to(self.root).as_posix(), sha256)
        if listed != sha256:
            raise BrokenFile(path, f"its SHA-256 is {sha256}, {CHECKSUMS} says {listed}: copy the file once more")

    def check_there(self) -> None:
        """Check that every listed file is there.

        Raises:
            BrokenFile: one is missing.
        """
        for path in map(self.root.joinpath, self.sums):
            if not path.is_file():
                raise BrokenFile(path, f"this file is missing: {CHECKSUMS} lists it")

    def check_contents(self, *, later: Collection[Path], largest: int, tick: Callable[[], None]) -> None:
        """Check the checksums of all listed files but the GeoTIFFs in the folders `later`, which are checked when they
        are read.

        Raises:
            BrokenFile: one differs.
            UnsafeInput: a link leads out of the folder, or a file has more bytes than `largest`.
        """
        for path in map(self.root.joinpath, self.sums):
            if path.suffix != ".tif" or path.parent not in later:
                tick()
                check_outside_files([path], root=self.root, largest=largest)
                self.check(path, sha256_of(path))


def read_manifest(root: Path) -> Manifest:
    """Return what the list of checksums at the root of a folder says.

    Raises:
        BrokenFile: a line that is none of such a list, leads out of the folder, or gives a file another checksum.
        UnsafeInput: the list is a link that leads out of the folder, or too large.
    """
    path = root / CHECKSUMS
    if not path.is_file():
        return Manifest(root, {})
    check_outside_files([path], root=root, largest=LARGEST_MANIFEST)
    sums: dict[str, str] = {}
    for row, sha256, name in _lines(path):
        if sums.setdefault(name, sha256) != sha256:
            raise BrokenFile(path, f"{name} stands twice, with two checksums", row=row)
    return Manifest(root, sums)


def _lines(path: Path) -> Iterator[tuple[int, str, str]]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        for row, line in enumerate(stream, start=1):
            match = _LINE.fullmatch(line.rstrip("\n"))
            place = PurePosixPath(match["path"]) if match else None
            if match is None or place is None or place.is_absolute() or ".." in place.parts:
                raise BrokenFile(path, "not a SHA-256, two spaces and a path inside the folder", row=row)
            yield row, match["sha256"], place.as_posix()
