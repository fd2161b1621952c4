"""Squares of a region's CRS as polygons in Web Mercator, where the spatial index lives."""

from collections.abc import Sequence

import numpy as np
import shapely
from django.contrib.gis.geos import MultiPolygon

from apps.regions.models import WEB_MERCATOR
from apps.regions.projection import to_web, web_multipolygon

Bounds = tuple[float, float, float, float]


class WebFootprints:
    """Turns squares of one CRS into footprints, as hexadecimal EWKB, many at a time."""

    def __init__(self, crs: str) -> None:
        self._to_web = to_web(crs)

    def __call__(self, squares: Sequence[Bounds]) -> list[str]:
        left, bottom, right, top = np.asarray(squares, dtype=float).reshape(-1, 4).T
        xs = np.stack([left, right, right, left], axis=1)
        ys = np.stack([bottom, bottom, top, top], axis=1)
        x, y = self._to_web.transform(xs, ys)
        polygons = shapely.set_srid(shapely.polygons(np.stack([x, y], axis=2)), WEB_MERCATOR)
        texts: list[str] = shapely.to_wkb(polygons, hex=True, include_srid=True).tolist()
        return texts


def outline(squares: Sequence[Sequence[float]], *, crs: str) -> MultiPolygon:
    """Return the outer outline of squares of a CRS in Web Mercator, joined before they are projected, without holes."""
    left, bottom, right, top = np.asarray(squares, dtype=float).reshape(-1, 4).T
    joined = shapely.union_all(shapely.box(left, bottom, right, top))
    shells = shapely.union_all([shapely.polygons(part.exterior) for part in shapely.get_parts(joined)])
    return web_multipolygon(shapely.simplify(shells, 0.0), crs=crs)
