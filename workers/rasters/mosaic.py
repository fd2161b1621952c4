"""Several files of one lattice read as one raster, the first one winning."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.windows import Window as RasterWindow

from workers.errors import BrokenFile
from workers.rasters.intake import SourceRaster, opened, reason_of
from workers.records.grids import Window

Bands = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MOST_OPEN_FILES = 64
_SAME_LATTICE = 1e-3  # of a pixel
MOST = 1e30  # beyond any measured value; the lowest float32 is a common mark for nothing


@dataclass(frozen=True)
class Lattice:
    """Files with one CRS, pixel size and alignment. `corner` is the upper left of all, in CRS units."""

    files: tuple[SourceRaster, ...]

    @property
    def crs(self) -> str:
        """Return the CRS as WKT."""
        return self.files[0].crs

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Return the pixel's width and height in CRS units."""
        return self.files[0].pixel_size

    @property
    def corner(self) -> tuple[float, float]:
        """Return the upper left corner of all files."""
        return (min(file.bounds[0] for file in self.files), max(file.bounds[3] for file in self.files))

    def offset(self, file: SourceRaster) -> tuple[int, int]:
        """Return column and row of a file's upper left pixel, counted from `corner`."""
        left, top = self.corner
        return (round((file.bounds[0] - left) / self.pixel_size[0]), round((top - file.bounds[3]) / self.pixel_size[1]))

    def window(self, bounds: tuple[float, float, float, float], *, margin: int) -> Window:
        """Return the pixels that bounds touch, and `margin` more on every side; it may reach beyond the files."""
        (x, y), (left, top) = self.pixel_size, self.corner
        first_col, first_row = math.floor((bounds[0] - left) / x) - margin, math.floor((top - bounds[3]) / y) - margin
        last_col, last_row = math.ceil((bounds[2] - left) / x) + margin, math.ceil((top - bounds[1]) / y) + margin
        return Window(first_col, first_row, last_col - first_col, last_row - first_row)


def lattices(files: Sequence[SourceRaster]) -> list[Lattice]:
    """Return the files grouped by lattice, groups in the order of their first file."""
    groups: list[list[SourceRaster]] = []
    for file in files:
        for group in groups:
            if _fits(group[0], file):
                group.append(file)
                break
        else:
            groups.append([file])
    return [Lattice(tuple(group)) for group in groups]


def _fits(first: SourceRaster, other: SourceRaster) -> bool:
    if first.crs != other.crs or not np.allclose(first.pixel_size, other.pixel_size, rtol=1e-9, atol=0):
        return False
    x, y = first.pixel_size
    shifts = ((other.bounds[0] - first.bounds[0]) / x, (other.bounds[3] - first.bounds[3]) / y)
    return all(abs(shift - round(shift)) < _SAME_LATTICE for shift in shifts)


class Mosaic:
    """The files of one lattice, opened as they are needed and kept open while there is room. Use `open_mosaic`.

    What is no number, or beyond `most` on either side of 0, is missing; `beyond` counts such pixels, each time that
    they are read, where nothing else says that they are missing.
    """

    def __init__(self, lattice: Lattice, *, band_count: int, most: float = MOST) -> None:
        self.lattice = lattice
        self.band_count = band_count
        self.most = most
        self.beyond = 0
        self._placed = [(file, lattice.offset(file)) for file in lattice.files]
        self._open: dict[str, tuple[rasterio.DatasetReader, contextlib.ExitStack]] = {}

    def close(self) -> None:
        """Close every file."""
        for _, stack in self._open.values():
            stack.close()
        self._open.clear()

    def _dataset(self, file: SourceRaster) -> rasterio.DatasetReader:
        if file.path not in self._open:
            if len(self._open) == _MOST_OPEN_FILES:
                self._open.pop(next(iter(self._open)))[1].close()
            stack = contextlib.ExitStack()
            self._open[file.path] = (stack.enter_context(opened(Path(file.path))), stack)
        return self._open[file.path][0]

    def read(self, window: Window) -> Bands | None:
        """Return (bands, height, width) float32, NaN where no file has data, or None where none reaches into the
        window.

        A pixel is taken from the first file that has data there, all bands from the same one.

        Raises:
            BrokenFile: pixels that cannot be decoded.
        """
        values: Bands | None = None
        for file, (col, row) in self._placed:
            part = _overlap(window, Window(col, row, file.width, file.height))
            if part is None:
                continue
            if values is None:
                values = np.full((self.band_count, window.height, window.width), np.nan, np.float32)
            rows = slice(part.row - window.row, part.row - window.row + part.height)
            cols = slice(part.col - window.col, part.col - window.col + part.width)
            here = values[:, rows, cols]
            empty = np.isnan(here[0])
            if empty.any():
                inner = RasterWindow(part.col - col, part.row - row, part.width, part.height)
                found = self._read_file(file, inner)
                here[:, empty] = found[:, empty]
        return values

    def _read_file(self, file: SourceRaster, window: RasterWindow) -> Bands:
        dataset = self._dataset(file)
        try:
            stored = dataset.read(list(range(1, self.band_count + 1)), window=window)
            with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, which is missing
                values: Bands = stored.astype(np.float32)
            given = self._given(dataset, window, stored) & differs(stored, file.nodata)
        except RasterioError as error:
            raise BrokenFile(Path(file.path).name, f"pixels cannot be read: {reason_of(error)}") from error
        usable = np.logical_and.reduce(np.abs(values) <= self.most, axis=0)
        self.beyond += int(np.count_nonzero(given & ~usable))
        values[:, ~(given & usable)] = np.nan
        return values

    def _given(self, dataset: rasterio.DatasetReader, window: RasterWindow, stored: NDArray[Any]) -> Mask:
        """Return where the file says that there is data."""
        if ColorInterp.alpha in dataset.colorinterp[: self.band_count]:
            return differs(stored, dataset.nodata)  # near infrared is often marked as alpha; here it is data
        mask: Mask = dataset.dataset_mask(window=window) > 0
        return mask


@contextlib.contextmanager
def open_mosaic(lattice: Lattice, *, band_count: int, most: float = MOST) -> Iterator[Mosaic]:
    """Yield the mosaic of a lattice, and close its files at the end."""
    with contextlib.closing(Mosaic(lattice, band_count=band_count, most=most)) as mosaic:
        yield mosaic


def differs(stored: NDArray[Any], nodata: float | None) -> Mask:
    """Return the pixels, (height, width), of which some band is another value than `nodata`, in the precision of the
    bands (bands, height, width); all of them where it is None.
    """
    if nodata is None:
        return np.ones(stored.shape[1:], np.bool_)
    with np.errstate(over="ignore"):  # of a value beyond the type's nothing is stored
        found: Mask = np.logical_or.reduce(stored != nodata, axis=0)
    return found


def _overlap(one: Window, other: Window) -> Window | None:
    col, row = max(one.col, other.col), max(one.row, other.row)
    width = min(one.col + one.width, other.col + other.width) - col
    height = min(one.row + one.height, other.row + other.height) - row
    return Window(col, row, width, height) if width > 0 and height > 0 else None
