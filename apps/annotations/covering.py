"""Which polygons of a new map stand for ones that curators have edited or deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from django.contrib.gis.geos import MultiPolygon
from numpy.typing import NDArray

COVERED = 0.5  # of the smaller of two polygons; with less in common they are neighbours
SAME_UNIT = 1e-6  # decides between two that lie alike


@dataclass(frozen=True)
class Shape:
    """A polygon in Web Mercator and the key of its map unit."""

    unit: int
    geometry: MultiPolygon


@dataclass(frozen=True)
class _Shapes:
    units: NDArray[np.int64]
    geometries: NDArray[np.object_]
    areas: NDArray[np.float64]

    @classmethod
    def of(cls, shapes: Sequence[Shape]) -> "_Shapes":
        geometries = np.array(shapely.from_wkb([bytes(shape.geometry.wkb) for shape in shapes]), np.object_)
        broken = ~shapely.is_valid(geometries)
        geometries[broken] = shapely.make_valid(geometries[broken])
        units = np.array([shape.unit for shape in shapes], np.int64)
        return cls(units, geometries, shapely.area(geometries))

    def __getitem__(self, which: NDArray[np.intp]) -> "_Shapes":
        return _Shapes(self.units[which], self.geometries[which], self.areas[which])


def successors(new: Sequence[Shape], *, of: Sequence[Shape], kept: Sequence[Shape]) -> NDArray[np.bool_]:
    """Return for each polygon of a new map whether it stands for one of `of` (n).

    It does where the two have more than half of the smaller one in common, whatever their units, unless one of `kept`,
    the other polygons of the map before, is at least as like to it: a polygon that was deleted may have lain over one
    that is to stay.
    """
    found = np.zeros(len(new), np.bool_)
    if not new or not of:
        return found
    shapes = _Shapes.of(new)
    likeness = _likeness(shapes, _Shapes.of(of))
    asked = np.flatnonzero(likeness)
    if asked.size:
        found[asked] = likeness[asked] > _likeness(shapes[asked], _Shapes.of(kept))
    return found


def _likeness(new: _Shapes, old: _Shapes) -> NDArray[np.float64]:
    """Return how like each new polygon is to the old one that it is most like (n): what both have in common, as a share
    of what they cover together; 0 where that is not more than half of the smaller one.
    """
    most = np.zeros(len(new.areas))
    ours, theirs = shapely.STRtree(old.geometries).query(new.geometries, predicate="intersects")
    common = shapely.area(shapely.intersection(new.geometries[ours], old.geometries[theirs]))
    one, other = new.areas[ours], old.areas[theirs]
    close = common > COVERED * np.minimum(one, other)
    alike = common[close] / (one + other - common)[close]
    same = new.units[ours[close]] == old.units[theirs[close]]
    np.maximum.at(most, ours[close], alike + SAME_UNIT * same)
    return most
