"""Polygons from outside: read without GDAL, checked, and refused rather than repaired."""

import math
from collections.abc import Sequence
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon

from apps.regions.models import WEB_MERCATOR, Region
from workers.errors import InvalidInput

MOST_VERTICES = 10_000
LONGEST_POSITION = 3  # a position may carry a height, which is dropped
EARTH_RADIUS = 6_378_137.0
NORTHERNMOST = 85.06
SLACK = 1.0  # metres: a vertex on the edge of the region may round to either side

Position = tuple[float, float]
Box = tuple[float, float, float, float]


def read_polygons(geometry: Any) -> MultiPolygon:
    """Return a GeoJSON Polygon or MultiPolygon in EPSG:4326 as a multipolygon in Web Mercator.

    No GEOS call is made before every coordinate has been found to lie on Earth: GEOS 3.11 dies of some that do not.
    """
    rings_of = _parts(geometry)
    count = sum(len(ring) for rings in rings_of for ring in rings if isinstance(ring, list))
    if count > MOST_VERTICES:
        raise InvalidInput(f"The geometry has {count} vertices; at most {MOST_VERTICES} can be taken.")
    polygons = [Polygon(*[_ring(ring) for ring in rings]) for rings in rings_of]
    shape = MultiPolygon(polygons, srid=WEB_MERCATOR)
    if not shape.valid:
        raise InvalidInput(f"The geometry is not valid ({shape.valid_reason.split('[')[0].strip().lower()}).")
    return shape


def check_within(shape: MultiPolygon, region: Region) -> None:
    if region.boundary is None:
        raise InvalidInput(f"The region {region.slug!r} has no mapped area to annotate.")
    left, bottom, right, top = region.boundary.extent
    inner: Box = shape.extent
    outside = inner[0] < left - SLACK or inner[1] < bottom - SLACK or inner[2] > right + SLACK or inner[3] > top + SLACK
    if outside or not shape.intersects(region.boundary):
        raise InvalidInput(f"The geometry lies outside the region {region.slug!r}.")


def _parts(geometry: Any) -> list[list[Any]]:
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise InvalidInput("The geometry must be a GeoJSON Polygon or MultiPolygon.")
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if geometry["type"] == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts or not all(isinstance(rings, list) and rings for rings in parts):
        raise InvalidInput("The geometry has no coordinates.")
    return parts


def _ring(ring: Any) -> list[Position]:
    if not isinstance(ring, list) or len(ring) < 4:
        raise InvalidInput("A ring must have at least four positions.")
    positions = [_project(position) for position in ring]
    if positions[0] != positions[-1]:
        raise InvalidInput("A ring must end where it begins.")
    return positions


def _project(position: Any) -> Position:
    if not isinstance(position, list) or not 2 <= len(position) <= LONGEST_POSITION:
        raise InvalidInput("A position must be a list of longitude and latitude.")
    longitude, latitude = _degrees(position)
    x = EARTH_RADIUS * math.radians(longitude)
    y = EARTH_RADIUS * math.asinh(math.tan(math.radians(latitude)))
    return x, y


def _degrees(position: Sequence[Any]) -> Position:
    for value, limit in zip(position, (180.0, NORTHERNMOST), strict=False):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
            raise InvalidInput(f"{str(value)[:40]} is not a longitude or latitude in degrees on the map.")
    return float(position[0]), float(position[1])
