"""What services answer: GeoJSON pages of ArcGIS and the JSON of Overpass, into GeoJSON features in degrees."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.errors import DownloadFailed
from workers.sources.addresses import shown

Feature = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The features of one answer, and whether the service says that there are more."""

    features: tuple[Feature, ...]
    more: bool


def read_arcgis(path: Path, url: str) -> Page:
    """Return a page of a layer. An error comes with status 200 too, as `{"error": {"code": .., "message": ..}}`.

    Raises:
        DownloadFailed: no JSON, an error of the service, or no GeoJSON.
    """
    data = _object(path, url)
    if isinstance(error := data.get("error"), Mapping):
        raise _failed(
            url, f"the service answers {error.get('code', '')} {str(error.get('message', ''))[:300]}".rstrip()
        )
    features = data.get("features")
    if data.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise _failed(url, "the service sent no GeoJSON; does the layer offer that format?")
    if not all(isinstance(feature, dict) and feature.get("type") == "Feature" for feature in features):
        raise _failed(url, "the service sent something among its features that is none")
    told = data.get("properties")  # newer servers say it here, older ones beside the features
    more = data.get("exceededTransferLimit") or (isinstance(told, Mapping) and told.get("exceededTransferLimit"))
    return Page(tuple(features), bool(more))


def read_overpass(path: Path, url: str) -> Page:
    """Return the ways of an answer as lines. A query that ran out of time or memory comes with status 200 and a remark.

    Raises:
        DownloadFailed: no JSON, a remark, or no elements.
    """
    data = _object(path, url)
    remark = str(data.get("remark", ""))
    if "error" in remark:
        raise _failed(url, f"the service says: {remark[:300]}; try again later, or a smaller region")
    elements = data.get("elements")
    if not isinstance(elements, list):
        raise _failed(url, "the service sent no elements")
    ways = [element for element in elements if isinstance(element, Mapping) and element.get("type") == "way"]
    return Page(tuple(feature for way in ways if (feature := _line(way, url)) is not None), more=False)


def _line(way: Mapping[str, Any], url: str) -> Feature | None:
    """A way with a single point, or none, draws nothing."""
    try:
        points = [[float(point["lon"]), float(point["lat"])] for point in way.get("geometry", ()) if point]
    except (TypeError, KeyError, ValueError) as error:
        raise _failed(url, f"the way {way.get('id')} has a point without lon and lat") from error
    if len(points) < 2:
        return None
    tags = way.get("tags")
    kinds = {name: str(tags[name]) for name in ("highway", "railway") if isinstance(tags, Mapping) and name in tags}
    return {
        "type": "Feature",
        "properties": {"osm_id": str(way.get("id", "")), **kinds},
        "geometry": {"type": "LineString", "coordinates": points},
    }


def _object(path: Path, url: str) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _failed(url, "the service sent no JSON") from error
    if not isinstance(data, dict):
        raise _failed(url, "the service sent no JSON object")
    return data


def _failed(url: str, reason: str) -> DownloadFailed:
    return DownloadFailed(f"{shown(url)}: {reason}")
