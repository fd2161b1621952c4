"""A small region of real ground, from the indexes and services of the paper, that anybody can begin with."""

import math
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from pyproj import Transformer

CRS = "EPSG:3089"
BUFFER_FEET = 1000.0  # as in the paper
PIXEL_FEET = 5.0
FEET_PER_KM = 1000 * 3937 / 1200  # US survey feet, the unit of the CRS
CENTRE = (-86.50, 36.93)
"""Longitude and latitude of farmland south-west of Bowling Green."""

AREA = "Warren County"
"""The area that it lies in."""

NHD_LAYERS = (3, 4, 8, 9)
"""Of NHDPlus HR: NetworkNHDFlowline, NonNetworkNHDFlowline, NHDArea, NHDWaterbody."""

_DEM_URLS = (("Phase3_AWS_url", "Phase3_Year"), ("Phase2_AWS_url", "Phase2_Year"), ("Phase1_AWS_url", "Phase1_Year"))
_AERIAL_YEARS = (2022, 2021, 2020, 2019, 2014, 2013, 2012)


@dataclass(frozen=True)
class Box:
    """What a person asks for: a name, the centre in degrees, the side in kilometres and the area it belongs to."""

    slug: str
    name: str
    longitude: float = CENTRE[0]
    latitude: float = CENTRE[1]
    kilometres: float = 2.0
    area: str = AREA


def first_hour_specification(box: Box) -> dict[str, Any]:
    """Return the specification of a square of real ground, its corners on whole pixels."""
    endpoints = settings.EARTHSCAPE_SOURCES
    aerial = [{"url": f"Boxzip{year}", "year": year} for year in _AERIAL_YEARS]
    dem = [{"url": url, "year": year} for url, year in _DEM_URLS]
    return {
        "slug": box.slug,
        "name": box.name,
        "area": box.area,
        "grid": {"crs": CRS, "pixel_size": PIXEL_FEET, "bounds": list(_bounds(box))},
        "buffer": BUFFER_FEET,
        "dem": {"bands": ["dem"], "unit": "US survey foot", "index": _index(endpoints["dem"], dem)},
        "imagery": {
            "bands": ["aerialr", "aerialg", "aerialb", "aerialnir"],
            "index": _index(endpoints["imagery"], aerial),
        },
        "streams": {"service": {"kind": "arcgis", "url": endpoints["streams"], "layers": list(NHD_LAYERS)}},
        "roads": {"service": {"kind": "overpass", "url": endpoints["roads"]}},
    }


def _index(url: str, urls: list[dict[str, Any]]) -> dict[str, Any]:
    return {"service": {"kind": "arcgis", "url": url, "layers": [0]}, "id": "TileName", "urls": urls}


def _bounds(box: Box) -> tuple[float, float, float, float]:
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(box.longitude, box.latitude)
    side = math.ceil(box.kilometres * FEET_PER_KM / PIXEL_FEET) * PIXEL_FEET
    left, bottom = (round((middle - side / 2) / PIXEL_FEET) * PIXEL_FEET for middle in (x, y))
    return (left, bottom, left + side, bottom + side)
