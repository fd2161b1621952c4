"""Answers of ArcGIS and Overpass in their real formats, small, served by a test."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import shapely
from pyproj import Transformer

from tests.workers.sources.served import Behaviour, Server, Visit

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


@dataclass(frozen=True)
class ServedLayer:
    """A layer as ArcGIS serves it: `most` features in an answer, in `pages` or not at all beyond that. Without an order
    a page is cut from another order each time, as databases do; `announced` is a count that is not the true one.
    """

    features: Sequence[Feature]
    most: int = 1000
    pages: bool = True
    id_field: str = "OBJECTID"
    announced: int | None = None
    tells_id_field: bool = True
    orders: bool = True

    def serve(self, server: Server, path: str) -> None:
        server.serve(path, send_json(self.about()))
        server.serve(f"{path}/query", lambda visit: self.answer(asked_for(visit.path), len(server.visits))(visit))

    def about(self) -> dict[str, Any]:
        fields = [{"name": self.id_field, "type": "esriFieldTypeOID"}] if self.tells_id_field else []
        return {
            "type": "Feature Layer",
            "geometryType": "esriGeometryPolyline",
            "fields": [*fields, {"name": "NAME", "type": "esriFieldTypeString"}],
            "maxRecordCount": self.most,
            "supportedQueryFormats": "JSON, geoJSON, PBF",
            "advancedQueryCapabilities": {"supportsPagination": self.pages, "supportsOrderBy": self.orders},
        }

    def answer(self, question: dict[str, str], visits: int) -> Behaviour:
        numbered = self.numbered()
        if "returnCountOnly" in question:
            return send_json({"count": len(numbered) if self.announced is None else self.announced})
        if "returnIdsOnly" in question:
            ids = [found["id"] for found in numbered]
            return send_json({"objectIdFieldName": self.id_field, "objectIds": ids[::-1] or None})
        if "objectIds" in question:
            wanted = set(map(int, question["objectIds"].split(",")))
            return collection([found for found in numbered if found["id"] in wanted][: self.most])
        if not self.pages:
            return send_json({"error": {"code": 400, "message": "Pagination is not supported.", "details": []}})
        turned = visits % (len(numbered) or 1) if question.get("orderByFields") != self.id_field else 0
        first = int(question["resultOffset"])
        last = first + min(self.most, int(question["resultRecordCount"]))
        return collection([*numbered[turned:], *numbered[:turned]][first:last], more=last < len(numbered))

    def written(self) -> list[Feature]:
        """What is kept of them: an id is that of one layer, so it stays among the properties alone."""
        return [{name: found[name] for name in ("type", "properties", "geometry")} for found in self.numbered()]

    def numbered(self) -> list[Feature]:
        return [
            found | {"id": number, "properties": {self.id_field: number, **found["properties"]}}
            for number, found in enumerate(self.features, 1)
        ]


def collection(features: Sequence[Feature], *, more: bool = False) -> Behaviour:
    told = {"exceededTransferLimit": True} if more else {}
    data = {"type": "FeatureCollection", "features": list(features), "properties": told}
    return send_json(data, "application/geo+json")


def overpass(ways: Sequence[dict[str, Any]], **more: Any) -> Behaviour:
    return send_json({"version": 0.6, "generator": "Overpass API", "elements": list(ways), **more})


def asked_for(path: str) -> dict[str, str]:
    """Return the question of a request's path."""
    return {name: values[0] for name, values in parse_qs(path.partition("?")[2]).items()}
