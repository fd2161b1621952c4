from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets

from apps.regions.geojson import geojson_of
from apps.tiles.counting import versions_visible_to
from apps.tiles.filters import TileFilter
from apps.tiles.models import DatasetVersion, Tile, TileLabels
from apps.tiles.serializers import DatasetVersionSerializer, TileFeature


class TileViewSet(viewsets.ReadOnlyModelViewSet[Tile]):
    """Tiles as GeoJSON features, with class areas and labels in each label revision."""

    queryset = Tile.objects.none()
    serializer_class = TileFeature
    filterset_class = TileFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Tile]:
        return (
            Tile.objects.visible_to(self.request.user)
            .annotate(geometry_json=geojson_of("footprint"))
            .select_related("region", "dataset_version")
            .defer("footprint", "region__boundary")
            .prefetch_related(Prefetch("labels", self._labels()))
        )

    def _labels(self) -> QuerySet[TileLabels]:
        labels = TileLabels.objects.select_related("label_revision").order_by("label_revision")
        revision: Any = self.request.query_params.get("label_revision") if self.action == "list" else None
        return labels.filter(label_revision__slug=revision) if revision else labels


@extend_schema(tags=["tiles"])
class DatasetVersionViewSet(viewsets.ReadOnlyModelViewSet[DatasetVersion]):
    """Sets of tiles as published or made, with licence, citation and their label revisions."""

    queryset = DatasetVersion.objects.none()
    serializer_class = DatasetVersionSerializer
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_.]{1,60}"

    def get_queryset(self) -> QuerySet[DatasetVersion]:
        return versions_visible_to(self.request.user).prefetch_related("label_revisions")
