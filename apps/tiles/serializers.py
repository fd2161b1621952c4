from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.regions.geojson import FeatureTypeField, GeometryField
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels


class WindowSerializer(serializers.Serializer[Tile]):
    """Offset of the upper left pixel on the region's grid, and the side, in pixels."""

    col = serializers.IntegerField()
    row = serializers.IntegerField()
    size = serializers.IntegerField()


class TileLabelsSerializer(serializers.Serializer[TileLabels]):
    label_revision = serializers.CharField(source="label_revision.slug")
    areas = serializers.SerializerMethodField(help_text="Share of the tile by class.")
    mask_areas = serializers.SerializerMethodField(help_text="Share of the mask's pixels by class, where there is one.")
    present = serializers.SerializerMethodField(help_text="Classes whose label is 1.")

    def get_areas(self, labels: TileLabels) -> dict[str, float]:
        return dict(zip(labels.label_revision.classes, labels.areas, strict=True))

    def get_mask_areas(self, labels: TileLabels) -> dict[str, float] | None:
        by_mask = labels.mask_areas
        return None if by_mask is None else dict(zip(labels.label_revision.classes, by_mask, strict=True))

    def get_present(self, labels: TileLabels) -> list[str]:
        return [labels.label_revision.classes[position] for position in labels.present]


class TileProperties(serializers.Serializer[Tile]):
    patch_id = serializers.CharField()
    number = serializers.IntegerField()
    region = serializers.CharField(source="region.slug")
    dataset_version = serializers.CharField(source="dataset_version.slug")
    crs = serializers.CharField(source="region.crs", help_text="The CRS of bounds.")
    bounds = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="Left, bottom, right, top in the region's CRS."
    )
    window = serializers.SerializerMethodField()
    valid = serializers.BooleanField()
    validity_note = serializers.CharField()
    labels = TileLabelsSerializer(many=True)

    @extend_schema_field(WindowSerializer(allow_null=True))
    def get_window(self, tile: Tile) -> dict[str, Any] | None:
        return {"col": tile.col, "row": tile.row, "size": tile.size} if tile.col is not None else None


class TileFeature(serializers.Serializer[Tile]):
    type = FeatureTypeField()
    id = serializers.IntegerField(source="pk")
    geometry = GeometryField()
    properties = TileProperties(source="*")


class LabelRevisionSerializer(serializers.ModelSerializer[LabelRevision]):
    class Meta:
        model = LabelRevision
        fields = ["slug", "classes", "threshold", "checksum", "created_at"]


class DatasetVersionSerializer(serializers.ModelSerializer[DatasetVersion]):
    label_revisions = LabelRevisionSerializer(many=True)

    class Meta:
        model = DatasetVersion
        fields = ["slug", "title", "made", "licence", "citation", "created_at", "label_revisions"]
