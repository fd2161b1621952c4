from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.annotations.geometry import read_polygons
from apps.annotations.models import Annotation, MapUnit
from apps.regions.geojson import FeatureTypeField, GeometryField
from workers.errors import InvalidInput

MOST_REVISIONS = 2**31 - 1


class MapUnitSerializer(serializers.ModelSerializer[MapUnit]):
    class Meta:
        model = MapUnit
        fields = ["symbol", "mask_value", "name", "colour"]


class AnnotationProperties(serializers.Serializer[Annotation]):
    region = serializers.CharField(source="region.slug")
    map_unit = serializers.CharField(source="map_unit.symbol")
    revision = serializers.IntegerField()
    comment = serializers.CharField()
    updated_at = serializers.DateTimeField()


class AnnotationFeature(serializers.Serializer[Annotation]):
    type = FeatureTypeField()
    id = serializers.IntegerField(source="pk")
    geometry = GeometryField()
    properties = AnnotationProperties(source="*")


@extend_schema_field(
    {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"type": "string", "enum": ["Polygon", "MultiPolygon"]},
            "coordinates": {"type": "array", "items": {}},
        },
    }
)
class PolygonsField(serializers.Field[Any, Any, Any, Any]):
    """A GeoJSON Polygon or MultiPolygon in EPSG:4326."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return read_polygons(data)
        except InvalidInput as error:
            raise serializers.ValidationError(str(error)) from error


class AnnotationChange(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=1, max_value=MOST_REVISIONS, help_text="The revision that you saw.")
    map_unit = serializers.SlugRelatedField(slug_field="symbol", queryset=MapUnit.objects.all(), required=False)
    geometry = PolygonsField(required=False, write_only=True)
    comment = serializers.CharField(required=False, max_length=400, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(attrs) == {"revision"}:
            raise serializers.ValidationError("Say what to change: map_unit, geometry or comment.")
        return attrs


class NewAnnotation(serializers.Serializer[Any]):
    region = serializers.SlugField(max_length=60)
    map_unit = serializers.SlugRelatedField(slug_field="symbol", queryset=MapUnit.objects.all())
    geometry = PolygonsField(write_only=True)
    comment = serializers.CharField(required=False, default="", max_length=400, allow_blank=True)


class SeenRevision(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=1, max_value=MOST_REVISIONS, help_text="The revision that you saw.")


class AnnotationStateSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    map_unit = serializers.CharField(source="map_unit.symbol")
    comment = serializers.CharField()
    at = serializers.DateTimeField(source="history_date")
    by = serializers.SerializerMethodField(help_text="Null unless you are signed in.")
    change = serializers.CharField(source="get_history_type_display")

    def get_by(self, state: Any) -> str | None:
        signed_in = self.context["request"].user.is_authenticated
        return state.history_user.username if signed_in and state.history_user else None
