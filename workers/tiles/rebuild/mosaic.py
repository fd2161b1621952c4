"""One channel of a region, put together from its tile files: pixels are copied, never resampled."""

import contextlib
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window as RasterWindow

from workers.errors import BrokenFile, InvalidInput
from workers.files import sha256_of, written_whole
from workers.records.channels import ChannelKind
from workers.records.grids import Window
from workers.records.tile_folders import OnDisagreement
from workers.tiles.export.patches import DTYPE_TAG, NODATA_TAG
from workers.tiles.importing.footprints import Bounds
from workers.tiles.importing.manifest import Manifest
from workers.tiles.rebuild.files import Expected, TileHeader, read_pixels
from workers.tiles.rebuild.lattice import Lattice

BLOCK = 256
_ROWS = 256
_MOST_NAMED = 10
_CANDIDATES = 256  # values tried for ground without tiles
_WIDENED_BYTES = 2  # data types of more leave values over, or have none wider that a nodata value fits


@dataclass
class Disagreements:
    """Tiles whose pixels differ from those of tiles before them, with how many pixels do."""

    found: list[tuple[str, int]] = field(default_factory=list)

    def sentence(self, channel: str) -> str:
        """Return what is told of them."""
        named = ", ".join(f"{patch} ({count} pixel{'s' if count > 1 else ''})" for patch, count in self.found)
        return f"{channel}: tiles differ from the tiles that they overlap: {named}"


class Mosaic:
    """The pixels of one channel on the region's grid, and where a tile has given one.

    Both are memory-mapped files, so that memory stays bounded whatever the size of the grid.
    """

    def __init__(self, lattice: Lattice, header: TileHeader, folder: Path) -> None:
        shape = (lattice.grid.height, lattice.grid.width)
        self._files = (folder / "pixels.npy", folder / "covered.npy")
        self.header, self.lattice = header, lattice
        self.pixels: NDArray[Any] = np.lib.format.open_memmap(
            self._files[0], mode="w+", dtype=header.dtype, shape=shape
        )
        self.covered: NDArray[np.bool_] = np.lib.format.open_memmap(
            self._files[1], mode="w+", dtype=np.bool_, shape=shape
        )

    def add(self, window: Window, pixels: NDArray[Any]) -> int:
        """Take the pixels that no tile has given before; return how many of the others differ, bit by bit."""
        place = np.s_[window.row : window.row + window.height, window.col : window.col + window.width]
        known, before = self.covered[place].copy(), self.pixels[place]
        differ = int(np.count_nonzero(known & (_bits(before) != _bits(pixels))))
        self.pixels[place] = np.where(known, before, pixels)
        self.covered[place] = True
        return differ

    def close(self) -> None:
        """Remove the files."""
        del self.pixels, self.covered
        for path in self._files:
            path.unlink(missing_ok=True)


def _bits(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the bytes of each pixel as a whole number: a NaN is equal to itself, -0 is not 0."""
    return np.ascontiguousarray(pixels).view(f"u{pixels.dtype.itemsize}")


@dataclass(frozen=True)
class Rules:
    """What tile files of one channel are read by."""

    expected: Expected
    lattice: Lattice
    bounds: Mapping[str, Bounds | None]
    manifest: Manifest
    on_disagreement: OnDisagreement


@dataclass(frozen=True)
class Assembled:
    """What one channel was made of."""

    checksum: str
    bytes: int
    notes: tuple[str, ...]


def assemble(
    channel: str,
    kind: ChannelKind,
    files: Mapping[str, Path],
    rules: Rules,
    *,
    folder: Path,
    tick: Callable[[float], None],
) -> Assembled:
    """Write `{channel}.tif` into `folder`, a cloud-optimised GeoTIFF with the data type and nodata value of the files.

    Ground without a tile gets the nodata value. Where the files have none, a value that occurs in none of them stands
    there, declared as nodata and marked as ours by `NODATA_TAG`.

    Raises:
        BrokenFile: a file that does not fit the region, the folder's checksums or the channel's other files.
        InvalidInput: tiles that overlap disagree, and `on_disagreement` is `refuse`.
    """
    with contextlib.closing(_Channel(channel, rules, folder)) as taken:
        for number, (patch, path) in enumerate(files.items()):
            tick(0.9 * number / len(files))
            taken.add(patch, path)
        return taken.written(folder / f"{channel}.tif", kind)


class _Channel:
    """One channel while its tiles are taken in, one after the other."""

    def __init__(self, name: str, rules: Rules, folder: Path) -> None:
        self._name, self._rules, self._folder = name, rules, folder
        self._digest, self._size, self._differing = hashlib.sha256(), 0, Disagreements()
        self._mosaic: Mosaic | None = None

    def add(self, patch: str, path: Path) -> None:
        rules, sha256 = self._rules, sha256_of(path)
        rules.manifest.check(path, sha256)
        header, pixels = read_pixels(path, rules.expected, rules.bounds.get(patch))
        rules.lattice.check(path, patch, header)
        self._mosaic = self._mosaic or Mosaic(rules.lattice, header, self._folder)
        _check_same(path, header, self._mosaic.header)
        if count := self._mosaic.add(rules.lattice.windows[patch], pixels):
            self._note(patch, count)
        self._digest.update(f"{path.name}:{sha256}\n".encode())
        self._size += path.stat().st_size

    def _note(self, patch: str, count: int) -> None:
        if len(self._differing.found) < _MOST_NAMED:
            self._differing.found.append((patch, count))
        elif self._rules.on_disagreement == "refuse":
            raise InvalidInput(f"{self._differing.sentence(self._name)}, and more")

    def written(self, path: Path, kind: ChannelKind) -> Assembled:
        told = self._differing.sentence(self._name) if self._differing.found else ""
        if told and self._rules.on_disagreement == "refuse":
            raise InvalidInput(told)
        assert self._mosaic is not None  # a channel is listed because it has a file
        _write(self._mosaic, path, kind)
        notes = (f"{told}; those of the first were kept",) if told else ()
        return Assembled(self._digest.hexdigest(), self._size, notes)

    def close(self) -> None:
        if self._mosaic is not None:
            self._mosaic.close()


def _check_same(path: Path, header: TileHeader, first: TileHeader) -> None:
    same_nodata = header.nodata == first.nodata or (_is_nan(header.nodata) and _is_nan(first.nodata))
    if header.dtype != first.dtype or not same_nodata:
        found, wanted = (f"{h.dtype} with nodata {h.nodata}" for h in (header, first))
        raise BrokenFile(path, f"is {found}, the channel's other files {wanted}")


def _is_nan(value: float | None) -> bool:
    return value is not None and math.isnan(value)


def _write(mosaic: Mosaic, path: Path, kind: ChannelKind) -> None:
    """Write the raster block row by block row, then once more as a cloud-optimised one; the display copy has the
    overviews.
    """
    grid, header = mosaic.lattice.grid, mosaic.header
    marks = _marks_of(mosaic)
    plain = path.with_name(".plain.tif")  # no channel is called so
    about = {"width": grid.width, "height": grid.height, "count": 1, "dtype": marks.dtype, "crs": grid.crs}
    about |= {"transform": Affine(*grid.transform), "nodata": marks.nodata, "BIGTIFF": "IF_SAFER"}
    with rasterio.open(plain, "w", driver="GTiff", tiled=True, blockxsize=BLOCK, blockysize=BLOCK, **about) as target:
        target.update_tags(**marks.tags(header.dtype))
        for row in range(0, grid.height, _ROWS):
            rows = np.s_[row : row + _ROWS]
            fill = marks.dtype.type(0 if marks.nodata is None else marks.nodata)
            part = np.where(mosaic.covered[rows], mosaic.pixels[rows], fill)
            target.write(part, 1, window=RasterWindow(0, row, grid.width, part.shape[0]))
    with written_whole(path) as temporary:
        rasterio.shutil.copy(
            plain, temporary, driver="COG", blocksize=BLOCK, compress="ZSTD", level=9, overviews="NONE",
            predictor=_predictor(marks.dtype, kind), num_threads="ALL_CPUS", BIGTIFF="IF_SAFER",
        )  # fmt: skip
    plain.unlink()


def _predictor(dtype: np.dtype[Any], kind: ChannelKind) -> str:
    if kind in ("class", "binary"):
        return "NO"
    return "FLOATING_POINT" if dtype.kind == "f" else "STANDARD"


@dataclass(frozen=True)
class _Marks:
    """The nodata value that a raster declares, whether it is one that the tile files do not have, and its data type:
    wider than theirs where they leave no value over.
    """

    nodata: float | None
    is_ours: bool
    dtype: np.dtype[Any]

    def tags(self, dtype: np.dtype[Any]) -> dict[str, str]:
        """Return what an export must know to write files of the data type that the tile files had."""
        tags = {NODATA_TAG: "none"} if self.is_ours else {}
        return tags if self.dtype == dtype else tags | {DTYPE_TAG: dtype.name}


def _marks_of(mosaic: Mosaic) -> _Marks:
    declared, dtype = mosaic.header.nodata, mosaic.header.dtype
    if declared is not None or mosaic.covered.all():
        return _Marks(declared, False, dtype)
    if dtype.kind == "f":
        return _Marks(math.nan, True, dtype)
    candidates = np.iinfo(dtype).max - np.arange(_CANDIDATES, dtype=dtype)
    used = np.zeros(_CANDIDATES, np.bool_)
    for row in range(0, mosaic.pixels.shape[0], _ROWS):
        rows = np.s_[row : row + _ROWS]
        used |= np.isin(candidates, mosaic.pixels[rows][mosaic.covered[rows]])
    if not used.all():
        return _Marks(float(candidates[~used][0]), True, dtype)
    if dtype.itemsize > _WIDENED_BYTES:
        raise InvalidInput(f"{dtype} files use up all values, so none is left to mark ground without tiles")
    wider = np.dtype(f"{dtype.kind}{2 * dtype.itemsize}")
    return _Marks(float(np.iinfo(wider).max), True, wider)
