"""Hillshade from one direction, and from four at once so that ridges along the light are seen too."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import Tick, compiled, in_bands, no_tick
from workers.rasters.terrain.derivatives import Floats
from workers.rasters.terrain.rows import Rows

SHADING_REACH = 1  # cells from the centre to the edge of the window

_BAND = 128
_ONE = ((315.0,), 45.0)
_FOUR = ((225.0, 270.0, 315.0, 360.0), 30.0)


def hillshade(dem: Floats, pixel_size: float, *, rows: Rows | None = None, tick: Tick = no_tick) -> NDArray[np.float32]:
    """Return how much of the light from the north-west, 45 degrees high, falls on the ground: 0 to 1, float32, NaN
    where the DEM is.

    Slopes are Horn's (1981, Proc. IEEE 69); a missing neighbour, and one beyond the edge, takes the centre's elevation.
    """
    return _shaded(dem, pixel_size, *_ONE, rows=rows, tick=tick)


def multidirectional_hillshade(
    dem: Floats, pixel_size: float, *, rows: Rows | None = None, tick: Tick = no_tick
) -> NDArray[np.float32]:
    """Return the same from 225, 270, 315 and 360 degrees, 30 degrees high, each weighted by the squared sine of the
    angle between it and the aspect (Mark 1992, US Geological Survey open-file report 92-422). Level ground has the sine
    of the height.
    """
    return _shaded(dem, pixel_size, *_FOUR, rows=rows, tick=tick)


def _shaded(
    dem: Floats, pixel_size: float, azimuths: Sequence[float], altitude: float, *, rows: Rows | None, tick: Tick
) -> NDArray[np.float32]:
    rows = rows or Rows(0, dem.shape[0])
    shade = np.full((rows.count, dem.shape[1]), np.nan, np.float32)
    lights = np.stack([np.sin(np.radians(azimuths)), np.cos(np.radians(azimuths))], axis=1)
    first = rows.start

    def compute(start: int, stop: int) -> None:
        part = shade[start - first : stop - first]
        _fill(dem, pixel_size, lights, np.radians(altitude), part, start, stop)

    in_bands(compute, rows, band=_BAND, tick=tick)
    return shade


@compiled
def _cell(dem: Floats, row: int, col: int, centre: float) -> float:
    if row < 0 or col < 0 or row >= dem.shape[0] or col >= dem.shape[1] or np.isnan(dem[row, col]):
        return centre
    return float(dem[row, col])


@compiled
def _fill(
    dem: Floats, pixel_size: float, lights: Floats, altitude: float, shade: NDArray[np.float32], start: int, stop: int
) -> None:
    high, low = np.sin(altitude), np.cos(altitude)
    for row in range(start, stop):
        for col in range(dem.shape[1]):
            z = dem[row, col]
            if np.isnan(z):
                continue
            north_west, north = _cell(dem, row - 1, col - 1, z), _cell(dem, row - 1, col, z)
            north_east, west = _cell(dem, row - 1, col + 1, z), _cell(dem, row, col - 1, z)
            east, south_west = _cell(dem, row, col + 1, z), _cell(dem, row + 1, col - 1, z)
            south, south_east = _cell(dem, row + 1, col, z), _cell(dem, row + 1, col + 1, z)
            p = (north_east - north_west + 2.0 * (east - west) + south_east - south_west) / (8.0 * pixel_size)
            q = (north_west - south_west + 2.0 * (north - south) + north_east - south_east) / (8.0 * pixel_size)
            g = p * p + q * q
            total, weights = 0.0, 0.0
            for light in range(lights.shape[0]):
                x, y = lights[light, 0], lights[light, 1]
                across = p * y - q * x
                weight = across * across / g if g > 0 and lights.shape[0] > 1 else 1.0
                total += weight * max(0.0, (high - low * (p * x + q * y)) / np.sqrt(1.0 + g))
                weights += weight
            shade[row - start, col] = total / weights
