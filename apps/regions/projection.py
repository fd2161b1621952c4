"""From the CRS of a region to Web Mercator."""

from collections.abc import Sequence

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from apps.regions.models import WEB_MERCATOR
from workers.errors import InvalidInput


def to_web(crs: str) -> Transformer:
    """Return the way from a CRS to Web Mercator, east before north on both sides.

    Raises:
        InvalidInput: the CRS is not known.
    """
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), CRS.from_epsg(WEB_MERCATOR), always_xy=True)
    except CRSError as error:
        raise InvalidInput(f"The CRS {crs[:80]} is not known.") from error


def is_same_crs(one: str, other: str) -> bool:
    """Whether two ways to write a CRS mean the same."""
    return one == other or CRS.from_user_input(one) == CRS.from_user_input(other)


def web_multipolygon(area: shapely.Geometry, *, crs: str) -> MultiPolygon:
    """Return a polygon or multipolygon of a CRS in Web Mercator."""
    return web_multipolygons([area], crs=crs)[0]


def web_multipolygons(areas: Sequence[shapely.Geometry], *, crs: str) -> list[MultiPolygon]:
    """Return the same of many: finding the way from a CRS takes as long as going it with thousands of polygons."""
    transform = to_web(crs).transform
    moved = shapely.transform(
        np.array(areas, np.object_), lambda points: np.stack(transform(points[:, 0], points[:, 1]), axis=1)
    )
    return [_multipolygon(area) for area in moved]


def _multipolygon(area: shapely.Geometry) -> MultiPolygon:
    parts = (GEOSGeometry(shapely.to_wkb(part, hex=True)) for part in shapely.get_parts(area))
    return MultiPolygon(*parts, srid=WEB_MERCATOR)
