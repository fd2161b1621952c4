"""Answers of ArcGIS and Overpass in their real formats, small, served by a test."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import shapely
from pyproj import Transformer

from tests.workers.sources.served import Behaviour, Visit

Feature = dict[str, Any]


def in_degrees(geometry: shapely.Geometry, crs: str = "EPSG:3089") -> shapely.Geometry:
    transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return shapely.transform(geometry, transformer.transform, interleaved=False)


def feature(geometry: shapely.Geometry, **properties: Any) -> Feature:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": json.loads(shapely.to_geojson(in_degrees(geometry))),
    }


def way(number: int, line: shapely.Geometry, **tags: str) -> dict[str, Any]:
    points = [{"lat": lat, "lon": lon} for lon, lat in in_degrees(line).coords]
    return {"type": "way", "id": number, "nodes": list(range(len(points))), "geometry": points, "tags": tags}


def send_json(data: Any, content_type: str = "application/json") -> Behaviour:
    body = json.dumps(data).encode()

    def behave(visit: Visit) -> None:
        visit.head(200, Content_Length=len(body), Content_Type=content_type)
        visit.wfile.write(body)

    return behave


def pages(features: Sequence[Feature], size: int = 1000, *, beside: bool = True) -> Behaviour:
    """Answer as a layer that gives `size` features at once; older servers say `beside` them that there are more."""

    def behave(visit: Visit) -> None:
        offset = int(asked_for(visit.path)["resultOffset"])
        data: dict[str, Any] = {"type": "FeatureCollection", "features": list(features[offset : offset + size])}
        if offset + size < len(features):
            data |= {"exceededTransferLimit": True} if beside else {"properties": {"exceededTransferLimit": True}}
        send_json(data, "application/geo+json")(visit)

    return behave


def overpass(ways: Sequence[dict[str, Any]], **more: Any) -> Behaviour:
    return send_json({"version": 0.6, "generator": "Overpass API", "elements": list(ways), **more})


def asked_for(path: str) -> dict[str, str]:
    """Return the question of a request's path."""
    return {name: values[0] for name, values in parse_qs(path.partition("?")[2]).items()}
