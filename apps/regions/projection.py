"""From the CRS of a region to Web Mercator."""

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


def web_multipolygon(area: shapely.Geometry, *, crs: str) -> MultiPolygon:
    """Return a polygon or multipolygon of a CRS in Web Mercator."""
    transform = to_web(crs).transform
    moved = shapely.transform(area, lambda points: np.stack(transform(points[:, 0], points[:, 1]), axis=1))
    parts = (GEOSGeometry(shapely.to_wkb(part, hex=True)) for part in shapely.get_parts(moved))
    return MultiPolygon(*parts, srid=WEB_MERCATOR)
