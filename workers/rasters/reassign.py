"""Symbols of a source map that are not those of the catalogue: given another symbol, or their neighbours'."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from workers.errors import InvalidInput
from workers.rasters.vectors import Geometries
from workers.records.regions import LONGEST_BORDER

_DECIMALS = 6  # of CRS units, far above what coordinates of a projected CRS lose by rounding


def given_away(reassign: Mapping[str, str]) -> frozenset[str]:
    """Return the symbols that the longest border decides; they may be of the catalogue."""
    return frozenset(symbol for symbol, to in reassign.items() if to == LONGEST_BORDER)


def reassigned(values: Sequence[str], classes: Sequence[str], reassign: Mapping[str, str]) -> tuple[str, ...]:
    """Return the symbols of a source map after reassignment; those to be given to neighbours stay as they are.

    Raises:
        InvalidInput: a symbol that is not among `classes` after that.
    """
    away = given_away(reassign)
    symbols = tuple(value if value in away else reassign.get(value, value) for value in values)
    if unknown := sorted(set(symbols) - {*classes, *away}):
        raise InvalidInput(
            f"map_units: unknown symbol {', '.join(unknown)}; known are {', '.join(classes)}; "
            "reassign the others in the specification"
        )
    return symbols


def give_to_neighbours(
    polygons: Geometries,
    symbols: Sequence[str],
    classes: Sequence[str],
    given_away: Collection[str],
    *,
    tolerance: float,
) -> tuple[str, ...]:
    """Return the symbols with each of those `given_away` replaced by that of the class whose polygons run along the
    longest part of its outline, within `tolerance` of it; of equals by the one that stands first in `classes`.

    A polygon among others that are to be given away waits until its neighbours have been: those it borders on, round by
    round.

    Raises:
        InvalidInput: a polygon that borders on no other, or only on such.
    """
    decided = np.array([-1 if symbol in given_away else classes.index(symbol) for symbol in symbols])
    open_ = np.flatnonzero(decided < 0)
    if not open_.size:
        return tuple(symbols)
    one, other, near = _neighbours(polygons, open_, tolerance)
    while open_.size:
        usable = (decided[one] < 0) & (decided[other] >= 0)
        waiting, place, lengths = _borders(polygons, one[usable], decided[other[usable]], near[usable], tolerance)
        shares = np.zeros((len(polygons), len(classes)))
        shares[waiting, place] = lengths
        found = open_[shares[open_].max(axis=1) > 0]
        if not found.size:
            raise InvalidInput(_alone(polygons[open_[0]], symbols[open_[0]], open_.size))
        decided[found] = shares[found].argmax(axis=1)
        open_ = np.flatnonzero(decided < 0)
    return tuple(classes[place] for place in decided)


def _neighbours(
    polygons: Geometries, open_: NDArray[np.intp], tolerance: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Geometries]:
    """Return pairs of a polygon to be given away and one beside it, and what lies within the tolerance of that."""
    first, other = shapely.STRtree(polygons).query(polygons[open_], predicate="dwithin", distance=tolerance)
    one = open_[first]
    apart = one != other
    one, other = one[apart], other[apart]
    left, bottom, right, top = shapely.bounds(polygons[one]).T
    reach = 2 * tolerance  # a large neighbour is looked at only where the polygon lies
    around = shapely.box(left - reach, bottom - reach, right + reach, top + reach)
    return one, other, shapely.buffer(shapely.intersection(polygons[other], around), tolerance, quad_segs=2)


def _borders(
    polygons: Geometries, one: NDArray[np.intp], place: NDArray[np.intp], near: Geometries, tolerance: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return each polygon with each class beside it once, and the length of their border.

    What lies near a class is put together before it is measured, so that no stretch counts for two polygons of it.
    """
    order = np.lexsort((place, one))
    one, place, near = one[order], place[order], near[order]
    starts = np.flatnonzero(np.diff(one, prepend=-1) | np.diff(place, prepend=-1))
    together = [shapely.union_all(group) for group in np.split(near, starts[1:])] if starts.size else []
    along = shapely.intersection(shapely.boundary(polygons[one[starts]]), np.array(together, np.object_))
    return one[starts], place[starts], _lengths(along, tolerance)


def _lengths(along: Geometries, tolerance: float) -> NDArray[np.float64]:
    """Return the length of lines, each stretch without the `tolerance` by which it reaches beyond either end: a corner
    alone has none. Rounded, so that noise does not decide between equals.
    """
    stretches, owner = shapely.get_parts(shapely.line_merge(along), return_index=True)
    beyond = np.where(shapely.is_closed(stretches), 0.0, 2 * tolerance)
    lengths = np.zeros(len(along))
    np.add.at(lengths, owner, np.maximum(shapely.length(stretches) - beyond, 0.0))
    return lengths.round(_DECIMALS)


def _alone(polygon: shapely.Geometry, symbol: str, count: int) -> str:
    point = shapely.point_on_surface(polygon)
    more = f", and {count - 1} more" if count > 1 else ""
    return (
        f"map_units: the polygon of {symbol} at {point.x:.1f}, {point.y:.1f}{more} borders on no polygon of a class, "
        "so there is no longest border; give its symbol in reassign"
    )
