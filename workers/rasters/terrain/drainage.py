"""Height above the nearest drainage: how far the ground lies above the water that its own water flows to.

After Rennó et al. 2008 (Remote Sensing of Environment 112) and Nobre et al. 2011 (Journal of Hydrology 404). Flow
follows the steepest of eight neighbours; depressions and flats are crossed on the lowest way out, found by flooding the
raster from its outlets upwards with a priority queue (Barnes et al. 2014, Computers & Geosciences 62).
"""

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import compiled

Elevations = NDArray[np.float32]
Cells = NDArray[np.int32]

_DIAGONAL = np.float32(2**0.5)
_UNSEEN, _WAITING, _TAKEN = 0, 1, 2


def height_above_drainage(dem: Elevations, drainage: NDArray[np.bool_]) -> Elevations:
    """Return how far each cell lies above the drainage cell that its flow path reaches first: float32 of the DEM's
    shape, in its unit.

    Drainage cells are outlets at their own elevation, whatever lies around them; a cell that lies below the one it
    drains to, as where a line is mapped beside its channel, has 0. Water also leaves over the edge of the raster and
    into cells without elevation, where no neighbour lies lower: a cell whose path ends there has no drainage within
    sight and is NaN, as is one without elevation.

    Args:
        dem: elevations (height, width), NaN where missing.
        drainage: where there is water, of the same shape.
    """
    height, width = dem.shape
    flooded = dem.ravel().copy()
    base = np.full(dem.size, np.nan, np.float32)
    _flood(dem.ravel(), drainage.ravel(), flooded, base, _outlets(dem, drainage), height, width)
    return np.asarray(np.maximum(dem - base.reshape(dem.shape), np.float32(0)))


def _outlets(dem: Elevations, drainage: NDArray[np.bool_]) -> Cells:
    """Return the numbers of the cells from which flooding begins: drainage, and what lies at an edge or beside a cell
    without elevation.
    """
    missing = np.pad(np.isnan(dem), 1, constant_values=True)
    beside = np.zeros(dem.shape, np.bool_)
    height, width = dem.shape
    for down in range(3):
        for right in range(3):
            beside |= missing[down : down + height, right : right + width]
    return np.flatnonzero((beside | drainage) & ~np.isnan(dem)).astype(np.int32)


@compiled
def _before(keys: Elevations, cells: Cells, one: int, other: int) -> bool:
    """Lower first; of equals the one that comes first on the raster, so that the order is always the same."""
    return bool(keys[one] < keys[other] or (keys[one] == keys[other] and cells[one] < cells[other]))


@compiled
def _swap(keys: Elevations, cells: Cells, one: int, other: int) -> None:
    keys[one], keys[other] = keys[other], keys[one]
    cells[one], cells[other] = cells[other], cells[one]


@compiled
def _rise(keys: Elevations, cells: Cells, place: int) -> None:
    while place > 0:
        above = (place - 1) // 2
        if not _before(keys, cells, place, above):
            return
        _swap(keys, cells, place, above)
        place = above


@compiled
def _sink(keys: Elevations, cells: Cells, size: int) -> None:
    place = 0
    while True:
        least = place
        for below in (2 * place + 1, 2 * place + 2):
            if below < size and _before(keys, cells, below, least):
                least = below
        if least == place:
            return
        _swap(keys, cells, place, least)
        place = least


@compiled
def _base_of(
    cell: int,
    flooded: Elevations,
    base: Elevations,
    state: NDArray[np.uint8],
    height: int,
    width: int,
) -> float:
    """Return the base of the steepest neighbour below, all of which have been taken, else the one that it has."""
    row, col = cell // width, cell % width
    found, steepest = base[cell], np.float32(0)
    for y in range(max(row - 1, 0), min(row + 2, height)):
        for x in range(max(col - 1, 0), min(col + 2, width)):
            near = y * width + x
            if state[near] == _TAKEN and flooded[near] < flooded[cell]:
                fall = flooded[cell] - flooded[near]
                fall = fall / _DIAGONAL if y != row and x != col else fall
                if fall > steepest:
                    found, steepest = base[near], fall
    return float(found)


@compiled
def _flood(
    dem: Elevations,
    drainage: NDArray[np.bool_],
    flooded: Elevations,
    base: Elevations,
    outlets: Cells,
    height: int,
    width: int,
) -> None:
    """Take cells in the order of their flooded elevation and give each the base of the cell it drains to.

    The base of a cell that waits is that of the cell it was reached from. The queue has room for every cell; what it
    never fills takes no memory.
    """
    state = np.zeros(dem.size, np.uint8)
    keys, cells, size = np.empty(dem.size, np.float32), np.empty(dem.size, np.int32), 0
    for outlet in outlets:
        keys[size], cells[size], state[outlet] = dem[outlet], outlet, _WAITING
        base[outlet] = dem[outlet] if drainage[outlet] else np.nan
        _rise(keys, cells, size)
        size += 1
    while size > 0:
        cell = cells[0]
        size -= 1
        keys[0], cells[0] = keys[size], cells[size]
        _sink(keys, cells, size)
        if not drainage[cell]:
            base[cell] = _base_of(cell, flooded, base, state, height, width)
        state[cell] = _TAKEN
        row, col = cell // width, cell % width
        for y in range(max(row - 1, 0), min(row + 2, height)):
            for x in range(max(col - 1, 0), min(col + 2, width)):
                near = y * width + x
                if state[near] == _UNSEEN and not np.isnan(dem[near]):
                    flooded[near] = max(dem[near], flooded[cell])
                    base[near], state[near] = base[cell], _WAITING
                    keys[size], cells[size] = flooded[near], near
                    _rise(keys, cells, size)
                    size += 1
