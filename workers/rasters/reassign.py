"""Symbols of a source map that are not those of the catalogue: given another symbol, or their neighbours'."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from workers.errors import InvalidInput
from workers.rasters.vectors import Geometries

LONGEST_BORDER = "longest-border"
"""In place of a symbol: that of the neighbour with which a polygon shares the longest border."""


def reassigned(values: Sequence[str], classes: Sequence[str], reassign: Mapping[str, str]) -> tuple[str, ...]:
    """Return the symbols of a source map after reassignment; those to be given to neighbours stay as they are.

    Raises:
        InvalidInput: a symbol that is not among `classes` after that.
    """
    symbols = tuple(value if reassign.get(value) == LONGEST_BORDER else reassign.get(value, value) for value in values)
    known = {*classes, *(value for value, to in reassign.items() if to == LONGEST_BORDER)}
    if unknown := sorted(set(symbols) - known):
        raise InvalidInput(
            f"map_units: unknown symbol {', '.join(unknown)}; known are {', '.join(classes)}; "
            "reassign the others in the specification"
        )
    return symbols


def give_to_neighbours(
    polygons: Geometries, symbols: Sequence[str], classes: Sequence[str], *, tolerance: float
) -> tuple[str, ...]:
    """Return the symbols with each that is not among `classes` replaced by that of the class whose polygons run along
    the longest part of its outline, within `tolerance` of it; of equals by the one that stands first in `classes`.

    A polygon among others that are to be given away waits until its neighbours have been: those it touches, round by
    round.

    Raises:
        InvalidInput: a polygon that touches no other, or only such.
    """
    decided = np.array([classes.index(symbol) if symbol in classes else -1 for symbol in symbols])
    open_ = np.flatnonzero(decided < 0)
    if not open_.size:
        return tuple(symbols)
    one, other, lengths = _borders(polygons, open_, tolerance)
    while open_.size:
        shares = np.zeros((len(polygons), len(classes)))
        usable = (decided[one] < 0) & (decided[other] >= 0)
        np.add.at(shares, (one[usable], decided[other[usable]]), lengths[usable])
        found = open_[shares[open_].max(axis=1) > 0]
        if not found.size:
            raise InvalidInput(_alone(polygons[open_[0]], symbols[open_[0]], open_.size))
        decided[found] = shares[found].argmax(axis=1)
        open_ = np.flatnonzero(decided < 0)
    return tuple(classes[place] for place in decided)


def _borders(
    polygons: Geometries, open_: NDArray[np.intp], tolerance: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return pairs of a polygon to be given away and one beside it, and how much of its outline runs along that."""
    first, other = shapely.STRtree(polygons).query(polygons[open_], predicate="dwithin", distance=tolerance)
    one = open_[first]
    apart = one != other
    one, other = one[apart], other[apart]
    near = shapely.buffer(polygons[other], tolerance, quad_segs=2)
    return one, other, shapely.length(shapely.intersection(shapely.boundary(polygons[one]), near))


def _alone(polygon: shapely.Geometry, symbol: str, count: int) -> str:
    point = shapely.point_on_surface(polygon)
    more = f", and {count - 1} more" if count > 1 else ""
    return (
        f"map_units: the polygon of {symbol} at {point.x:.1f}, {point.y:.1f}{more} touches no polygon of a class, so "
        "there is no longest border; give its symbol in reassign"
    )
