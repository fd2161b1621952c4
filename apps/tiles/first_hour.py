"""A small region of real ground, from the indexes and services of the paper, that anybody can begin with."""

import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from pyproj import Transformer

from workers.records.downloads import HostRule, plain_host, read_host_rule

CRS = "EPSG:3089"
PIXEL_FEET = 5.0
FEET_PER_KM = 1000 * 3937 / 1200  # US survey feet, the unit of the CRS
CENTRE = (-86.50, 36.93)
"""Longitude and latitude of farmland south-west of Bowling Green, Warren County."""

NHD_LAYERS = (3, 4, 8, 9)
"""Of NHDPlus HR: NetworkNHDFlowline, NonNetworkNHDFlowline, NHDArea, NHDWaterbody."""

_DEM_URLS = (("Phase3_AWS_url", "Phase3_Year"), ("Phase2_AWS_url", "Phase2_Year"), ("Phase1_AWS_url", "Phase1_Year"))
_AERIAL_YEARS = (2022, 2021, 2020, 2019, 2014, 2013, 2012)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Box:
    """What a person asks for: a name, the centre in degrees and the side in kilometres."""

    slug: str
    name: str
    longitude: float
    latitude: float
    kilometres: float


def first_hour_specification(box: Box) -> dict[str, Any]:
    """Return the specification of a square of real ground, its corners on whole pixels."""
    endpoints = settings.EARTHSCAPE_SOURCES
    aerial = [{"url": f"Boxzip{year}", "year": year} for year in _AERIAL_YEARS]
    dem = [{"url": url, "year": year} for url, year in _DEM_URLS]
    return {
        "slug": box.slug,
        "name": box.name,
        "area": "Warren County",
        "grid": {"crs": CRS, "pixel_size": PIXEL_FEET, "bounds": list(_bounds(box))},
        "buffer": 0.0,
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


def hosts_needed() -> list[str]:
    """Return the hosts of the services, and those that the indexes of the paper lead to, as the setting has them."""
    services = (_host(url) for url in settings.EARTHSCAPE_SOURCES.values())
    return list(dict.fromkeys([*services, *settings.EARTHSCAPE_SOURCE_FILE_HOSTS]))


def hosts_missing() -> list[str]:
    """Return those of them that are not on the operator's list."""
    return [host for host in hosts_needed() if not _is_listed(read_host_rule(host))]


def hosts_line() -> str:
    """Return the setting with what is on the list and what is missing, ready to be copied."""
    listed = [_written(rule) for rule in settings.EARTHSCAPE_DOWNLOAD_HOSTS]
    return f'EARTHSCAPE_DOWNLOAD_HOSTS="{", ".join([*listed, *hosts_missing()])}"'


def _is_listed(wanted: HostRule) -> bool:
    port = _PORTS["https"] if wanted.port is None else wanted.port
    return any(rule.allows(wanted.host, port) for rule in settings.EARTHSCAPE_DOWNLOAD_HOSTS)


def _host(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 443)
    host = plain_host(parts.hostname or "")
    return host if port in _PORTS.values() else f"{host}:{port}"


def _written(rule: HostRule) -> str:
    port = f":{rule.port}" if rule.port is not None else ""
    return f"{'private:' if rule.private else ''}{rule.host}{port}"
