"""Where a cell lies among its surroundings: elevation less the mean of a square or of a disc around it.

The topographic position index is that of Weiss 2001 (Topographic position and landforms analysis, ESRI user
conference), over a disc.
"""

import math

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import Tick, compiled, in_bands, no_tick
from workers.rasters.terrain.derivatives import Floats
from workers.rasters.terrain.rows import Rows

_BAND = 64
_STEPS = 65536.0  # to a unit of elevation; whole numbers have sums that do not depend on where a strip begins

Levels = NDArray[np.int64]
Widths = NDArray[np.int64]


def relative_elevation(
    dem: Floats, window: int, *, rows: Rows | None = None, tick: Tick = no_tick
) -> NDArray[np.float32]:
    """Return elevation less the mean of the valid cells in a square of `window` cells around it, in the unit of the
    DEM, float32, NaN where the DEM is.

    The square is clipped to the raster. An even one reaches one cell farther to the north and west, so that around the
    cell at (window / 2, window / 2) of a tile it is that tile.
    """
    before, after = square_reach(window)
    widths = np.tile(np.array([[before, after]], np.int64), (window, 1))
    return _less_mean(dem, before, widths, rows=rows, tick=tick)


def topographic_position(
    dem: Floats, radius: int, *, rows: Rows | None = None, tick: Tick = no_tick
) -> NDArray[np.float32]:
    """Return elevation less the mean of the valid cells whose centres lie within `radius` cells, the cell itself among
    them, in the unit of the DEM, float32, NaN where the DEM is. The disc is clipped to the raster.
    """
    half = [math.isqrt(radius * radius - step * step) for step in range(-radius, radius + 1)]
    return _less_mean(dem, radius, np.repeat(np.array(half, np.int64)[:, None], 2, axis=1), rows=rows, tick=tick)


def square_reach(window: int) -> tuple[int, int]:
    """Return how many cells a square reaches to the north and west, and to the south and east."""
    return window // 2, window - 1 - window // 2


def _less_mean(dem: Floats, above: int, widths: Widths, *, rows: Rows | None, tick: Tick) -> NDArray[np.float32]:
    """Return elevation less the mean over the lines of a shape: line i lies i - `above` rows below the cell and reaches
    `widths[i]` cells to the west and east.
    """
    rows = rows or Rows(0, dem.shape[0])
    height, width = dem.shape
    sums, counts = np.zeros((height, width + 1), np.int64), np.zeros((height, width + 1), np.int32)
    in_bands(lambda start, stop: _sum_lines(dem, sums, counts, start, stop), Rows(0, height), band=_BAND)
    found = np.full((rows.count, width), np.nan, np.float32)
    first = rows.start

    def compute(start: int, stop: int) -> None:
        _fill(dem, sums, counts, above, widths, found[start - first : stop - first], start, stop)

    in_bands(compute, rows, band=_BAND, tick=tick)
    return found


@compiled
def _sum_lines(dem: Floats, sums: Levels, counts: NDArray[np.int32], start: int, stop: int) -> None:
    """Sum the elevations of each line up to every cell, in steps."""
    for row in range(start, stop):
        for col in range(dem.shape[1]):
            z = dem[row, col]
            valid = not np.isnan(z)
            sums[row, col + 1] = sums[row, col] + (np.int64(np.rint(z * _STEPS)) if valid else 0)
            counts[row, col + 1] = counts[row, col] + (1 if valid else 0)


@compiled
def _fill(
    dem: Floats,
    sums: Levels,
    counts: NDArray[np.int32],
    above: int,
    widths: Widths,
    found: NDArray[np.float32],
    start: int,
    stop: int,
) -> None:
    height, width = dem.shape
    total, count = np.empty(width, np.int64), np.empty(width, np.int64)
    for row in range(start, stop):
        total[:] = 0
        count[:] = 0
        for line in range(widths.shape[0]):
            y = row + line - above
            if 0 <= y < height:
                west, east = widths[line, 0], widths[line, 1]
                for col in range(width):
                    left, right = max(col - west, 0), min(col + east + 1, width)
                    total[col] += sums[y, right] - sums[y, left]
                    count[col] += counts[y, right] - counts[y, left]
        for col in range(width):
            if not np.isnan(dem[row, col]):
                found[row - start, col] = dem[row, col] - total[col] / count[col] / _STEPS
