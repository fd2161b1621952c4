"""Elevation percentile: the share of a window that lies below its centre (as whitebox_workflows 2.0.6 defines it)."""

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import Tick, compiled, in_bands, no_tick
from workers.rasters.terrain.derivatives import Floats

_BAND = 64
_MOST_BINS = 1 << 20

Ranks = NDArray[np.int32]


def elevation_percentile(dem: Floats, window: int, *, tick: Tick = no_tick) -> NDArray[np.float32]:
    """Return, per cell, 100 x (valid cells of the window lower than the centre) / (valid cells), float32, NaN where the
    DEM is.

    The window is `window` x `window` cells (odd), clipped to the raster; elevations are compared after being cut to two
    decimals, so a plane gives 0. A histogram of the window slides down each column, with a running count of the cells
    below the centre.
    """
    ranks, bins = elevation_ranks(dem)
    percentile = np.full(dem.shape, np.nan, np.float32)

    def compute(start: int, stop: int) -> None:
        _fill_columns(ranks, bins, window // 2, percentile, start, stop)

    in_bands(compute, dem.shape[1], band=_BAND, tick=tick)
    return percentile


def elevation_ranks(dem: Floats) -> tuple[Ranks, int]:
    """Return the bin of each elevation (hundredths above the lowest) and the number of bins, which is also the bin of
    missing cells.

    Where the range is too wide for a histogram, bins count distinct values instead; order, which is all that matters,
    is the same.
    """
    valid = ~np.isnan(dem)
    if not valid.any():
        return np.zeros(dem.shape, np.int32), 0
    hundredths = np.floor(100.0 * dem[valid])
    if hundredths.max() - hundredths.min() < _MOST_BINS:
        found = (hundredths - hundredths.min()).astype(np.int32)
    else:
        found = np.unique(hundredths, return_inverse=True)[1].astype(np.int32)
    bins = int(found.max()) + 1
    ranks = np.full(dem.shape, bins, np.int32)
    ranks[valid] = found
    return ranks, bins


@compiled
def _count_below(ranks: Ranks, top: int, bottom: int, left: int, right: int, centre: int) -> int:
    below = 0
    for row in range(top, bottom):
        for col in range(left, right):
            below += ranks[row, col] < centre
    return below


@compiled
def _moved(counts: Ranks, below: int, old: int, new: int) -> int:
    """Return the count below `new`, given the count below `old`."""
    for rank in range(old, new):
        below += counts[rank]
    for rank in range(new, old):
        below -= counts[rank]
    return below


@compiled
def _fill_columns(ranks: Ranks, bins: int, radius: int, percentile: NDArray[np.float32], start: int, stop: int) -> None:
    height, width = ranks.shape
    counts = np.zeros(bins + 1, np.int32)
    for col in range(start, stop):
        left, right = max(0, col - radius), min(width, col + radius + 1)
        counts[:] = 0
        below, centre = 0, 0
        for row in range(-radius, height):
            if row + radius < height:
                for rank in ranks[row + radius, left:right]:
                    counts[rank] += 1
                    below += rank < centre
            if row > radius:
                for rank in ranks[row - radius - 1, left:right]:
                    counts[rank] -= 1
                    below -= rank < centre
            if row < 0 or ranks[row, col] == bins:
                continue
            top, bottom = max(0, row - radius), min(height, row + radius + 1)
            cells = (bottom - top) * (right - left)
            rank = ranks[row, col]
            if abs(rank - centre) < cells:
                below = _moved(counts, below, centre, rank)
            else:  # a long way through the histogram: looking at every cell is shorter
                below = _count_below(ranks, top, bottom, left, right, rank)
            centre = rank
            percentile[row, col] = 100.0 * below / (cells - counts[bins])
