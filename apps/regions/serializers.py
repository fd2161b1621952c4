from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.regions.geojson import FeatureTypeField, GeometryField
from apps.regions.models import Channel, Region, RegionRaster, Upload

BOX_SCHEMA = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    class Meta:
        model = Channel
        fields = ["name", "modality", "title", "unit", "kind", "published_name", "resolution", "window", "position"]


class GridSerializer(serializers.Serializer[Any]):
    crs = serializers.CharField()
    origin_x = serializers.FloatField()
    origin_y = serializers.FloatField()
    pixel_size = serializers.FloatField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class RegionProperties(serializers.Serializer[Region]):
    slug = serializers.CharField()
    name = serializers.CharField()
    area = serializers.CharField()
    origin = serializers.CharField()
    made = serializers.SerializerMethodField(help_text="Made for demonstration: nobody surveyed it.")
    crs = serializers.CharField()
    grid = GridSerializer(allow_null=True)
    visibility = serializers.CharField()
    notes = serializers.ListField()
    updated_at = serializers.DateTimeField()

    def get_made(self, region: Region) -> bool:
        return region.origin == Region.Origin.MADE


class RegionFeature(serializers.Serializer[Region]):
    type = FeatureTypeField()
    id = serializers.CharField(source="slug")
    geometry = GeometryField()
    properties = RegionProperties(source="*")


class RegionRasterSerializer(serializers.ModelSerializer[RegionRaster]):
    channel = serializers.CharField(source="channel.name")
    title = serializers.CharField(source="wording.title")
    unit = serializers.CharField(source="wording.unit")
    kind = serializers.CharField(source="channel.kind")
    display_range = serializers.SerializerMethodField()

    class Meta:
        model = RegionRaster
        fields = [
            "channel", "title", "unit", "kind", "dtype", "nodata", "sha256", "size", "display_range", "statistics",
        ]  # fmt: skip

    @extend_schema_field({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2})
    def get_display_range(self, raster: RegionRaster) -> list[float]:
        return [raster.display_low, raster.display_high]


class RegionDetailProperties(RegionProperties):
    channels = RegionRasterSerializer(many=True, source="rasters")
    quality = serializers.DictField(help_text="Warnings, seams of source files, flaws of the map, areas that differ.")


class RegionDetailFeature(RegionFeature):
    properties = RegionDetailProperties(source="*")


class UploadSerializer(serializers.ModelSerializer[Upload]):
    owner = serializers.CharField(source="owner.username")
    reference = serializers.CharField(help_text="What stands for the file among the paths of a specification.")

    class Meta:
        model = Upload
        fields = ["id", "reference", "name", "kind", "size", "sha256", "owner", "created_at"]


class UploadRequest(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A GeoTIFF, GeoPackage, GeoJSON or FlatGeobuf file.")
