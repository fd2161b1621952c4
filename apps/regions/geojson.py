"""Rows with a geometry as GeoJSON features in EPSG:4326; the database transforms and writes them."""

import json
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.db.models import JSONField
from django.db.models.functions import Cast
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

WGS84 = 4326
DIGITS = 7  # a centimetre


def geojson_of(field: str) -> Cast:
    """Return an expression that reads a column as GeoJSON.

    Geometry never becomes an object here: GEOS 3.11 dies of some coordinates.
    """
    return Cast(AsGeoJSON(Transform(field, WGS84), precision=DIGITS), JSONField())


@extend_schema_field({"type": "string", "const": "Feature"})
class FeatureTypeField(serializers.ReadOnlyField):
    def __init__(self) -> None:
        super().__init__(source="*")

    def to_representation(self, value: Any) -> str:
        return "Feature"


@extend_schema_field(
    {
        "oneOf": [
            {
                "type": "object",
                "required": ["type", "coordinates"],
                "properties": {
                    "type": {"type": "string", "enum": ["Polygon", "MultiPolygon"]},
                    "coordinates": {"type": "array", "items": {}},
                },
            },
            {"type": "null"},
        ]
    }
)
class GeometryField(serializers.ReadOnlyField):
    """A geometry that `geojson_of` has read as `geometry_json`."""

    def __init__(self) -> None:
        super().__init__(source="geometry_json")

    def to_representation(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value
