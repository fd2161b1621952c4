"""Slope and curvatures from the 5 x 5 third-order polynomial (Florinsky 2009, Geomorphology 107; 2016, Digital Terrain
Analysis).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import Tick, compiled, in_bands, no_tick
from workers.rasters.terrain.rows import Rows

Floats = NDArray[np.float64]

WINDOW_REACH = 2  # cells from the centre to the edge of the window

_BAND = 256
_FLAT = 2.22e-16  # squared gradient up to which a cell has no direction, and so no curvature
_MULTIPLIERS = (
    (1.0, 1e2),
    (10.0, 1e3),
    (100.0, 1e4),
    (1000.0, 1e5),
    (5000.0, 1e6),
    (10000.0, 1e7),
    (75000.0, 1e8),
)


@dataclass(frozen=True)
class Derivatives:
    """Slope in degrees and the two curvatures, log-transformed or per unit of length; shape of the DEM, NaN where the
    DEM is.
    """

    slope: Floats
    profile_curvature: Floats
    planform_curvature: Floats

    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Return slope, profile and planform curvature."""
        return (self.slope, self.profile_curvature, self.planform_curvature)


def log_multiplier(pixel_size: float) -> float:
    """Return the factor m of the log transform sign(k) ln(1 + m |k|) for a pixel size."""
    return next((factor for limit, factor in _MULTIPLIERS if pixel_size < limit), 1e9)


def derivatives(
    dem: Floats, pixel_size: float, *, rows: Rows | None = None, log_transform: bool = True, tick: Tick = no_tick
) -> Derivatives:
    """Return slope, profile and planform curvature of a DEM (float64, NaN where missing), all float64 of its shape.

    A missing neighbour, and one beyond the edge, takes the centre's elevation. Curvatures are 0 where the ground is
    flat; without `log_transform` they are in 1 / unit of the pixel size. With `rows`, those of the DEM alone are
    returned.
    """
    rows = rows or Rows(0, dem.shape[0])
    slope, profile, planform = (np.full((rows.count, dem.shape[1]), np.nan) for _ in range(3))
    multiplier, first = log_multiplier(pixel_size) if log_transform else 0.0, rows.start

    def compute(start: int, stop: int) -> None:
        part = slice(start - first, stop - first)
        _fill_rows(dem, pixel_size, multiplier, slope[part], profile[part], planform[part], start, stop)

    in_bands(compute, rows, band=_BAND, tick=tick)
    return Derivatives(slope, profile, planform)


@compiled
def _gather(dem: Floats, row: int, col: int, cells: Floats) -> None:
    height, width = dem.shape
    centre = dem[row, col]
    for i in range(5):
        for j in range(5):
            y, x = row + i - 2, col + j - 2
            value = dem[y, x] if 0 <= y < height and 0 <= x < width else np.nan
            cells[i, j] = centre if np.isnan(value) else value


@compiled
def _first_order(z: Floats, pixel_size: float) -> tuple[float, float]:
    p = (
        44.0 * (z[0, 3] + z[4, 3] - z[0, 1] - z[4, 1])
        + 31.0 * (z[0, 0] + z[4, 0] - z[0, 4] - z[4, 4] + 2.0 * (z[1, 3] + z[3, 3] - z[1, 1] - z[3, 1]))
        + 17.0 * (z[2, 4] - z[2, 0] + 4.0 * (z[2, 3] - z[2, 1]))
        + 5.0 * (z[1, 4] + z[3, 4] - z[1, 0] - z[3, 0])
    ) / (420.0 * pixel_size)
    q = (
        44.0 * (z[1, 0] + z[1, 4] - z[3, 0] - z[3, 4])
        + 31.0 * (z[4, 0] + z[4, 4] - z[0, 0] - z[0, 4] + 2.0 * (z[1, 1] + z[1, 3] - z[3, 1] - z[3, 3]))
        + 17.0 * (z[0, 2] - z[4, 2] + 4.0 * (z[1, 2] - z[3, 2]))
        + 5.0 * (z[0, 1] + z[0, 3] - z[4, 1] - z[4, 3])
    ) / (420.0 * pixel_size)
    return p, q


@compiled
def _column(z: Floats, col: int) -> float:
    return float(z[0, col] + z[1, col] + z[2, col] + z[3, col] + z[4, col])


@compiled
def _line(z: Floats, row: int) -> float:
    return float(z[row, 0] + z[row, 1] + z[row, 2] + z[row, 3] + z[row, 4])


@compiled
def _second_order(z: Floats, pixel_size: float) -> tuple[float, float, float]:
    area = pixel_size * pixel_size
    r = (2.0 * (_column(z, 0) + _column(z, 4)) - 2.0 * _column(z, 2) - _column(z, 1) - _column(z, 3)) / (35.0 * area)
    t = (2.0 * (_line(z, 0) + _line(z, 4)) - 2.0 * _line(z, 2) - _line(z, 1) - _line(z, 3)) / (35.0 * area)
    s = (
        z[1, 3]
        + z[3, 1]
        - z[1, 1]
        - z[3, 3]
        + 4.0 * (z[0, 4] + z[4, 0] - z[0, 0] - z[4, 4])
        + 2.0 * (z[0, 3] + z[1, 4] + z[3, 0] + z[4, 1] - z[0, 1] - z[1, 0] - z[3, 4] - z[4, 3])
    ) / (100.0 * area)
    return r, t, s


@compiled
def _log_transform(curvature: float, multiplier: float) -> float:
    """A multiplier of 0 leaves the curvature as it is."""
    if multiplier == 0:
        return curvature
    return float(np.sign(curvature) * np.log(1.0 + multiplier * abs(curvature)))


@compiled
def _fill_rows(
    dem: Floats,
    pixel_size: float,
    multiplier: float,
    slope: Floats,
    profile: Floats,
    planform: Floats,
    start: int,
    stop: int,
) -> None:
    height, width = dem.shape
    gathered = np.empty((5, 5))
    for row in range(start, stop):
        for col in range(width):
            if np.isnan(dem[row, col]):
                continue
            cells, p, q = gathered, np.nan, np.nan
            if 2 <= row < height - 2 and 2 <= col < width - 2:
                cells = dem[row - 2 : row + 3, col - 2 : col + 3]
                p, q = _first_order(cells, pixel_size)
            if np.isnan(p + q):  # a neighbour is missing: each has a weight in p or q
                cells = gathered
                _gather(dem, row, col, cells)
                p, q = _first_order(cells, pixel_size)
            g = p * p + q * q
            slope[row - start, col] = np.degrees(np.arctan(np.sqrt(g)))
            profile[row - start, col] = planform[row - start, col] = 0.0
            if g > _FLAT:
                r, t, s = _second_order(cells, pixel_size)
                along = -(p * p * r + 2.0 * p * q * s + q * q * t) / (g * (1.0 + g) * np.sqrt(1.0 + g))
                across = -(q * q * r - 2.0 * p * q * s + p * p * t) / (g * np.sqrt(g))
                profile[row - start, col] = _log_transform(along, multiplier)
                planform[row - start, col] = _log_transform(across, multiplier)
