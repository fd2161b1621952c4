"""What is wrong with the polygons of a source map: invalid ones, slivers, and gaps between them."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from workers.rasters.vectors import Geometries
from workers.records.quality import Flaws, MapReport, Point

_MOST_PLACES = 10
_GAP_PIXELS = 256
_NARROW = 0.5  # pixels
_NOISE = 1e-3  # pixels; what is left between lines whose vertices differ is narrower


def map_report(source: Geometries, polygons: Geometries, area: shapely.Geometry, *, pixel_size: float) -> MapReport:
    """Return what is wrong with a map.

    Args:
        source: its geometries as they came, in the region's CRS.
        polygons: the same repaired and taken apart into polygons.
        area: their union.
    """
    return MapReport(
        polygons=len(source),
        repaired=_repaired(source),
        slivers=_flaws(polygons[_is_sliver(polygons, pixel_size)]),
        gaps=_flaws(_gaps(area, pixel_size)),
    )


def _repaired(source: Geometries) -> Flaws:
    broken = source[~shapely.is_valid(source)]
    mended = shapely.make_valid(broken, method="structure", keep_collapsed=False)
    return _flaws(broken, measure=lambda _: np.abs(shapely.area(mended) - shapely.area(broken)))


def _is_sliver(polygons: Geometries, pixel_size: float) -> NDArray[np.bool_]:
    narrow: NDArray[np.bool_] = (shapely.area(polygons) < pixel_size**2) | (_width(polygons) < _NARROW * pixel_size)
    return narrow


def _width(polygons: Geometries) -> NDArray[np.float64]:
    """A long strip of width w has 2 area / perimeter = w."""
    width: NDArray[np.float64] = 2 * shapely.area(polygons) / np.maximum(shapely.length(polygons), np.finfo(float).tiny)
    return width


def _gaps(area: shapely.Geometry, pixel_size: float) -> Geometries:
    rings = shapely.get_rings(shapely.get_parts(area), return_index=True)
    inner = np.ones(len(rings[0]), np.bool_)
    inner[np.unique(rings[1], return_index=True)[1]] = False  # the first of each polygon is its outline
    holes: Geometries = shapely.polygons(rings[0][inner])
    small = shapely.area(holes) < _GAP_PIXELS * pixel_size**2
    return np.asarray(holes[small & (_width(holes) > _NOISE * pixel_size)])


def _flaws(
    geometries: Geometries, *, measure: Callable[[Geometries], NDArray[np.float64]] = lambda found: shapely.area(found)
) -> Flaws:
    sizes = measure(geometries)
    order = np.argsort(-sizes, kind="stable")[:_MOST_PLACES]
    return Flaws(len(geometries), float(sizes.sum()), tuple(map(_place, geometries[order])))


def _place(geometry: shapely.Geometry) -> Point:
    """A point of the geometry itself, also of an invalid one."""
    x, y = shapely.get_coordinates(geometry)[0].tolist()
    return round(x, 2), round(y, 2)
