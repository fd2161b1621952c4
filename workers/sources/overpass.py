"""Overpass: the question for the ways of a box, and its answer as GeoJSON lines in degrees."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from workers.sources.answers import Box, Feature, read_object, refused
from workers.sources.fetch import TryAgain

_SECONDS = 45  # for the query, below the 60 s after which a server that says nothing is given up
_TOO_MUCH = re.compile(r"out of memory|parse error|static error|encoding error", re.IGNORECASE)
_NOT_NOW = re.compile(r"error|timed out|timeout|rate_limited|too busy", re.IGNORECASE)


def overpass_url(url: str, box: Box) -> str:
    """Return the question for highways and railways in Overpass QL, whose boxes are south, west, north, east."""
    west, south, east, north = box
    where = f"({south:.5f},{west:.5f},{north:.5f},{east:.5f})"
    query = f'[out:json][timeout:{_SECONDS}];(way["highway"]{where};way["railway"]{where};);out geom;'
    return f"{url}?{urlencode({'data': query})}"


def read_overpass(path: Path, url: str) -> tuple[Feature, ...]:
    """Return the ways of an answer as lines. What went wrong comes with status 200 too, as a remark.

    Raises:
        TryAgain: the server had no time for the query; the ways that it sent are not all.
        DownloadFailed: no JSON, no elements, or a remark about the query itself.
    """
    data = read_object(path, url)
    _check_remark(str(data.get("remark", "")), url)
    elements = data.get("elements")
    if not isinstance(elements, list):
        raise refused(url, "the service sent no elements")
    ways = [element for element in elements if isinstance(element, Mapping) and element.get("type") == "way"]
    return tuple(feature for way in ways if (feature := _line(way, url)) is not None)


def _check_remark(remark: str, url: str) -> None:
    if _TOO_MUCH.search(remark):
        raise refused(url, f"the service says: {remark[:300]}; take a smaller region")
    if _NOT_NOW.search(remark):
        raise TryAgain(f"the service says: {remark[:300]}", busy=True)


def _line(way: Mapping[str, Any], url: str) -> Feature | None:
    """A way with a single point, or none, draws nothing."""
    try:
        points = [[float(point["lon"]), float(point["lat"])] for point in way.get("geometry", ()) if point]
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise refused(url, f"the way {way.get('id')} has a point without lon and lat") from error
    if len(points) < 2:
        return None
    tags = way.get("tags")
    kinds = {name: str(tags[name]) for name in ("highway", "railway") if isinstance(tags, Mapping) and name in tags}
    return {
        "type": "Feature",
        "properties": {"osm_id": str(way.get("id", "")), **kinds},
        "geometry": {"type": "LineString", "coordinates": points},
    }
