from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.serializers import BaseSerializer

from apps.accounts.sharing import SharingMixin
from apps.regions.filters import ChannelFilter, RegionFilter
from apps.regions.geojson import geojson_of
from apps.regions.models import Channel, Region, RegionRaster
from apps.regions.serializers import ChannelSerializer, RegionDetailFeature, RegionFeature


@extend_schema(tags=["regions"])
class RegionViewSet(SharingMixin, viewsets.ReadOnlyModelViewSet[Region]):
    """Mapped areas, each with one raster grid, as GeoJSON features.

    A single one also lists its channels with their statistics.
    """

    queryset = Region.objects.none()
    filterset_class = RegionFilter
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]{1,60}"

    def get_serializer_class(self) -> type[BaseSerializer[Region]]:
        return RegionFeature if self.action == "list" else RegionDetailFeature

    def get_queryset(self) -> QuerySet[Region]:
        regions: Any = (
            Region.objects.visible_to(self.request.user)
            .defer("boundary")
            .annotate(geometry_json=geojson_of("boundary"))
        )
        rasters = Prefetch("rasters", RegionRaster.objects.select_related("channel"))
        chosen: QuerySet[Region] = regions if self.action == "list" else regions.prefetch_related(rasters)
        return chosen


@extend_schema(tags=["regions"])
class ChannelViewSet(viewsets.ReadOnlyModelViewSet[Channel]):
    """The catalogue of channels: the 38 of EarthScape in their order, then what regions you may see have besides."""

    queryset = Channel.objects.none()
    serializer_class = ChannelSerializer
    filterset_class = ChannelFilter
    keyset = ("position", "pk")
    lookup_field = "name"
    lookup_value_regex = "[-a-zA-Z0-9_.+]{1,40}"

    def get_queryset(self) -> QuerySet[Channel]:
        return Channel.objects.visible_to(self.request.user)
