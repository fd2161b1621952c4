"""Standard deviation of slope in a window (as whitebox_workflows 2.0.6 defines it)."""

import math

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import Tick, compiled, in_bands, no_tick
from workers.rasters.terrain.derivatives import Floats
from workers.rasters.terrain.rows import Rows

_BAND = 128
_MIDDLE = 45.0  # degrees; slopes are counted from here, so that squares are small
_MISSING = np.iinfo(np.int64).min

Levels = NDArray[np.int64]


def horn_slope(dem: Floats, pixel_size: float, *, tick: Tick = no_tick) -> NDArray[np.float32]:
    """Return the slope in degrees by Horn's 3 x 3 weights (1981, Proc. IEEE 69), float32, NaN where the DEM is.

    A missing neighbour, and one beyond the edge, takes the centre's elevation.
    """
    slope = np.full(dem.shape, np.nan, np.float32)

    def compute(start: int, stop: int) -> None:
        _fill_slope(dem, pixel_size, slope, start, stop)

    in_bands(compute, Rows(0, dem.shape[0]), band=_BAND, tick=tick)
    return slope


def standard_deviation(
    slope: NDArray[np.float32], window: int, *, rows: Rows | None = None, tick: Tick = no_tick
) -> NDArray[np.float32]:
    """Return the population standard deviation of slope over the valid cells of a window, in degrees, float32, NaN
    where the slope is.

    The window is `window` x `window` cells (odd), clipped to the raster. Slopes are counted in small fixed steps (2^-18
    degrees for 201 cells, finer for smaller windows), which makes the sliding sums exact: the result does not depend on
    where a block begins. With `rows`, those of the slope alone are returned.
    """
    rows = rows or Rows(0, slope.shape[0])
    scale = _steps_per_degree(window)
    levels = np.empty(slope.shape, np.int64)
    in_bands(lambda start, stop: _count_steps(slope, scale, levels, start, stop), Rows(0, slope.shape[0]), band=_BAND)
    deviation = np.full((rows.count, slope.shape[1]), np.nan, np.float32)
    first = rows.start

    def compute(start: int, stop: int) -> None:
        _fill_deviation(levels, scale, window // 2, deviation[start - first : stop - first], start, stop)

    in_bands(compute, rows, band=_BAND, tick=tick)
    return deviation


def _steps_per_degree(window: int) -> float:
    """Return the finest power of two for which the sum of squares over a full window fits 63 bits."""
    return float(2 ** math.floor(math.log2(math.sqrt(2.0**63) / (window * _MIDDLE))))


@compiled
def _cell(dem: Floats, row: int, col: int, centre: float) -> float:
    if row < 0 or col < 0 or row >= dem.shape[0] or col >= dem.shape[1] or np.isnan(dem[row, col]):
        return centre
    return float(dem[row, col])


@compiled
def _fill_slope(dem: Floats, pixel_size: float, slope: NDArray[np.float32], start: int, stop: int) -> None:
    for row in range(start, stop):
        for col in range(dem.shape[1]):
            z = dem[row, col]
            if np.isnan(z):
                continue
            north_west, north = _cell(dem, row - 1, col - 1, z), _cell(dem, row - 1, col, z)
            north_east, west = _cell(dem, row - 1, col + 1, z), _cell(dem, row, col - 1, z)
            east, south_west = _cell(dem, row, col + 1, z), _cell(dem, row + 1, col - 1, z)
            south, south_east = _cell(dem, row + 1, col, z), _cell(dem, row + 1, col + 1, z)
            eastward = (north_east - north_west + 2.0 * (east - west) + south_east - south_west) / (8.0 * pixel_size)
            northward = (north_west - south_west + 2.0 * (north - south) + north_east - south_east) / (8.0 * pixel_size)
            slope[row, col] = np.degrees(np.arctan(np.sqrt(eastward * eastward + northward * northward)))


@compiled
def _count_steps(slope: NDArray[np.float32], scale: float, levels: Levels, start: int, stop: int) -> None:
    for row in range(start, stop):
        for col in range(slope.shape[1]):
            steps = np.rint((np.float64(slope[row, col]) - _MIDDLE) * scale)
            levels[row, col] = _MISSING if np.isnan(steps) else np.int64(steps)


@compiled
def _add_line(levels: Levels, row: int, sign: int, sums: Levels) -> None:
    if row < 0 or row >= levels.shape[0]:
        return
    for col in range(levels.shape[1]):
        level = levels[row, col]
        if level != _MISSING:
            sums[0, col] += sign
            sums[1, col] += sign * level
            sums[2, col] += sign * level * level


@compiled
def _spread(count: np.int64, total: np.int64, squares: np.int64) -> float:
    """Return the population standard deviation of whole numbers from their sums, about their rounded mean so that no
    digit is lost.
    """
    middle = np.int64(np.rint(total / count))
    rest = (total - count * middle) / count
    about_middle = (
        squares - 2 * middle * total + count * middle * middle
    )  # products may wrap; their sum is small and exact
    return float(np.sqrt(max(0.0, about_middle / count - rest * rest)))


@compiled
def _fill_deviation(
    levels: Levels, scale: float, radius: int, deviation: NDArray[np.float32], start: int, stop: int
) -> None:
    width = levels.shape[1]
    sums = np.zeros((3, width), np.int64)
    for row in range(start - radius, start + radius):
        _add_line(levels, row, 1, sums)
    for row in range(start, stop):
        _add_line(levels, row + radius, 1, sums)
        count, total, squares = np.int64(0), np.int64(0), np.int64(0)
        for col in range(-radius, width):
            if col + radius < width:
                entering = sums[:, col + radius]
                count, total, squares = count + entering[0], total + entering[1], squares + entering[2]
            if col > radius:
                leaving = sums[:, col - radius - 1]
                count, total, squares = count - leaving[0], total - leaving[1], squares - leaving[2]
            if col >= 0 and levels[row, col] != _MISSING:
                deviation[row - start, col] = _spread(count, total, squares) / scale
        _add_line(levels, row - radius, -1, sums)
