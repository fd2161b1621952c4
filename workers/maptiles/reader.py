"""Windows of rasters that are kept open: display copies by map tile, analysis rasters by tile."""

import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError
from rasterio.windows import Window as RasterWindow

from workers.errors import StoreUnavailable
from workers.records.grids import Window

MAP_TILE_PIXELS = 256
WORLD = 20037508.342789244  # half the side of the Web Mercator square, in metres
DEEPEST_ZOOM = 22
ON_AN_EDGE = 1e-6  # of a pixel: a centre that falls between two pixels goes to the second, whatever the rounding
OPEN_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}  # no side file beside a raster is ever looked at

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapTile:
    """A z/x/y square of the web map."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        return 0 <= self.z <= DEEPEST_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    @property
    def bounds(self) -> Bounds:
        """Return left, bottom, right, top in metres of EPSG:3857."""
        side = 2 * WORLD / 2**self.z
        left, top = -WORLD + self.x * side, WORLD - self.y * side
        return (left, top - side, left + side, top)


class _Slot:
    """One open dataset. GDAL lets one thread at a time read it."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.Lock()
        with rasterio.Env(**OPEN_OPTIONS):
            self.dataset: Any = rasterio.open(path, driver="GTiff")

    def close(self) -> None:
        with self.lock:
            self.dataset.close()


class RasterReader:
    """Keeps the datasets used last open, at most `most_open` of them; safe to share between threads."""

    def __init__(self, most_open: int = 64) -> None:
        self._most_open = most_open
        self._slots: OrderedDict[Path, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def opened(self, path: Path) -> Iterator[Any]:
        """Yield the open dataset of `path`, held for this thread alone.

        Raises:
            StoreUnavailable: the file cannot be opened or read.
        """
        try:
            while True:
                slot = self._slot(path)
                with slot.lock:
                    if not slot.dataset.closed:  # another thread may have put it out between the two lines above
                        yield slot.dataset
                        return
        except RasterioIOError as error:
            raise StoreUnavailable("A raster of the store cannot be read.") from error

    def _slot(self, path: Path) -> _Slot:
        with self._lock:
            slot = self._slots.get(path) or _Slot(path)
            self._slots[path] = slot
            self._slots.move_to_end(path)
            oldest = self._slots.popitem(last=False)[1] if len(self._slots) > self._most_open else None
        if oldest is not None:
            oldest.close()
        return slot

    def close(self) -> None:
        """Close everything; the reader can still be used and opens anew."""
        with self._lock:
            slots, self._slots = list(self._slots.values()), OrderedDict()
        for slot in slots:
            slot.close()

    def bounds(self, path: Path) -> Bounds:
        """Return left, bottom, right, top in the raster's CRS."""
        with self.opened(path) as dataset:
            return (dataset.bounds.left, dataset.bounds.bottom, dataset.bounds.right, dataset.bounds.top)

    def pixel_size(self, path: Path) -> float:
        """Return the width of a pixel in units of the raster's CRS."""
        with self.opened(path) as dataset:
            return float(dataset.res[0])

    def map_tile(self, path: Path, tile: MapTile) -> NDArray[np.uint8] | None:
        """Return the values of a Web Mercator raster at the pixel centres of a map tile, (256, 256) uint8.

        0 where the raster ends, None if the map tile lies wholly outside. The nearest pixel is taken, from the overview
        that is just fine enough.
        """
        with self.opened(path) as dataset:
            columns = _pixel_indices(tile.bounds[0], tile.bounds[2], dataset.transform.c, dataset.transform.a)
            rows = _pixel_indices(tile.bounds[3], tile.bounds[1], dataset.transform.f, dataset.transform.e)
            across = _span(columns, dataset.width)
            down = _span(rows, dataset.height)
            if across is None or down is None:
                return None
            step = _overview(dataset, tile)
            return _gather(dataset, across, down, columns=columns, rows=rows, step=step)

    def tile(self, path: Path, window: Window) -> NDArray[Any]:
        """Return a window of an analysis raster, a masked array (height, width) in its dtype, masked at no data."""
        with self.opened(path) as dataset:
            part = RasterWindow(window.col, window.row, window.width, window.height)
            values: NDArray[Any] = dataset.read(1, window=part, masked=True)
            return np.ma.masked_invalid(values, copy=False) if values.dtype.kind == "f" else values


def _pixel_indices(first: float, last: float, origin: float, size: float) -> NDArray[np.int64]:
    """Return on which pixel of the raster each pixel centre of the map tile falls, along one axis."""
    centres = first + (np.arange(MAP_TILE_PIXELS) + 0.5) * (last - first) / MAP_TILE_PIXELS
    return np.floor((centres - origin) / size + ON_AN_EDGE).astype(np.int64)


def _span(indices: NDArray[np.int64], length: int) -> tuple[int, int] | None:
    start, stop = max(int(indices[0]), 0), min(int(indices[-1]) + 1, length)
    return (start, stop) if start < stop else None


def _overview(dataset: Any, tile: MapTile) -> int:
    """Return the largest factor of the raster's overviews that still has a pixel for each pixel of the map tile."""
    wanted = (tile.bounds[2] - tile.bounds[0]) / MAP_TILE_PIXELS / dataset.res[0]
    return max((factor for factor in (1, *dataset.overviews(1)) if factor <= wanted * 1.01), default=1)


def _gather(
    dataset: Any,
    across: tuple[int, int],
    down: tuple[int, int],
    *,
    columns: NDArray[np.int64],
    rows: NDArray[np.int64],
    step: int,
) -> NDArray[np.uint8]:
    left, right = across[0] // step * step, min(math.ceil(across[1] / step) * step, dataset.width)
    top, bottom = down[0] // step * step, min(math.ceil(down[1] / step) * step, dataset.height)
    shape = (math.ceil((bottom - top) / step), math.ceil((right - left) / step))
    values = dataset.read(1, window=RasterWindow(left, top, right - left, bottom - top), out_shape=shape)
    picture = np.zeros((MAP_TILE_PIXELS, MAP_TILE_PIXELS), np.uint8)
    inside_rows = np.flatnonzero((rows >= down[0]) & (rows < down[1]))
    inside_columns = np.flatnonzero((columns >= across[0]) & (columns < across[1]))
    taken_rows = np.minimum((rows[inside_rows] - top) // step, shape[0] - 1)
    taken_columns = np.minimum((columns[inside_columns] - left) // step, shape[1] - 1)
    picture[np.ix_(inside_rows, inside_columns)] = values[np.ix_(taken_rows, taken_columns)]
    return picture
