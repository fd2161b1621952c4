"""How much of each tile every map unit covers, by exact geometry."""

from collections.abc import Callable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

WHOLLY_MAPPED = 1 - 1e-6
ALMOST_MAPPED = 0.99
_MOST_VERTICES = 200
_NOISE = 1e-12  # of a tile; what a shared border leaves by rounding is far below the smallest published sliver, 4e-10
_TILES_AT_ONCE = 500


def class_areas(
    squares: Geometries,
    polygons: Geometries,
    symbols: Sequence[str],
    classes: Sequence[str],
    *,
    tick: Callable[[float], None] = lambda fraction: None,
) -> Floats:
    """Return the share of each square that each class covers: float64 (squares, classes), rows sum to 1 where the map
    covers the square.

    Polygons are valid and in the same CRS as the squares. Where two classes overlap, the ground counts for the one that
    stands first in `classes`.
    """
    areas = np.zeros((len(squares), len(classes)))
    pieces, owners = _pieces(_disjoint_classes(polygons, symbols, classes))
    tree = shapely.STRtree(pieces)
    for start in range(0, len(squares), _TILES_AT_ONCE):
        some = squares[start : start + _TILES_AT_ONCE]
        square, piece = tree.query(some, predicate="intersects")
        shares = shapely.area(shapely.intersection(some[square], pieces[piece])) / shapely.area(some[square])
        np.add.at(areas, (start + square, owners[piece]), shares)
        tick(min(1.0, (start + _TILES_AT_ONCE) / len(squares)))
    areas[areas < _NOISE] = 0.0
    return areas


def wholly_mapped(areas: Floats) -> NDArray[np.bool_]:
    """Return, per row, whether the class areas sum to 1 within 1e-6."""
    whole: NDArray[np.bool_] = areas.sum(axis=1) >= WHOLLY_MAPPED
    return whole


def crossed_by_slits(areas: Floats, squares: Geometries, polygons: Geometries, *, width: float) -> NDArray[np.bool_]:
    """Return, per square, whether it is mapped but for slits between polygons that are nowhere as wide as `width`.

    Two people's lines do not meet exactly; where they should have, a map leaves slits that no raster shows. What the
    authors of EarthScape take for the mapped area is snapped likewise, to 0.2 ft (their `vec_to_aoi`).

    Args:
        areas: what `class_areas` returned of the squares and polygons.
        width: in units of the CRS.
    """
    shares = areas.sum(axis=1)
    almost = np.flatnonzero((shares >= ALMOST_MAPPED) & (shares < WHOLLY_MAPPED))
    tree = shapely.STRtree(polygons)
    crossed = np.zeros(len(squares), np.bool_)
    for index in almost:
        here = shapely.intersection(polygons[tree.query(squares[index])], squares[index])
        missing = shapely.difference(squares[index], shapely.union_all(here))
        crossed[index] = shapely.is_empty(shapely.buffer(missing, -width / 2))
    return crossed


def overlap_share(polygons: Geometries, area: shapely.Geometry) -> float:
    """Return how much polygons cover twice, as a share of the area that they cover together."""
    return max(0.0, float(shapely.area(polygons).sum() / shapely.area(area) - 1))


def _disjoint_classes(polygons: Geometries, symbols: Sequence[str], classes: Sequence[str]) -> list[shapely.Geometry]:
    names = np.array(symbols)
    unions = [shapely.union_all(polygons[names == symbol]) for symbol in classes]
    whole = shapely.union_all(np.array(unions, np.object_))
    if overlap_share(np.array(unions, np.object_), whole) < 1e-12:
        return unions
    taken, disjoint = shapely.Polygon(), []
    for union in unions:
        disjoint.append(shapely.difference(union, taken))
        taken = shapely.union(taken, union)
    return disjoint


def _pieces(unions: list[shapely.Geometry]) -> tuple[Geometries, NDArray[np.intp]]:
    """Return classes cut into polygons of few vertices, and the class of each: a large polygon would be walked anew for
    every square.
    """
    pieces: list[shapely.Geometry] = []
    owners: list[int] = []
    for owner, union in enumerate(unions):
        for part in shapely.get_parts(union):
            found = _halved(part)
            pieces += found
            owners += [owner] * len(found)
    return np.array(pieces, np.object_), np.array(owners, np.intp)


def _halved(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    if shapely.is_empty(geometry) or shapely.area(geometry) == 0:
        return []
    if shapely.get_num_coordinates(geometry) <= _MOST_VERTICES:
        return [geometry]
    left, bottom, right, top = shapely.bounds(geometry)
    x, y = (left + right) / 2, (bottom + top) / 2
    wide = right - left > top - bottom
    halves = (
        ((left, bottom, x, top), (x, bottom, right, top)) if wide else ((left, bottom, right, y), (left, y, right, top))
    )
    return [piece for half in halves for piece in _halved(shapely.intersection(geometry, shapely.box(*half)))]
