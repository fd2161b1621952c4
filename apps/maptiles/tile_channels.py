"""What the channels show within one tile: figures and a thumbnail, from the analysis rasters."""

from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Visibility
from apps.maptiles import caching
from apps.maptiles.pictures import Look, reader, store_path
from apps.regions.models import RegionRaster, in_order
from apps.tiles.models import Tile
from workers.errors import NotFound
from workers.maptiles import render
from workers.records.grids import Window


class TileChannelSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    modality = serializers.CharField()
    title = serializers.CharField()
    unit = serializers.CharField()
    kind = serializers.CharField()
    valid_share = serializers.FloatField(help_text="Share of the tile's pixels that have a value.")
    min = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(allow_null=True, help_text="Null for classes.")
    max = serializers.FloatField(allow_null=True)
    thumbnail = serializers.URLField()


class TileChannelListSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TileChannelSerializer(many=True)


def rasters_of(tile: Tile) -> QuerySet[RegionRaster]:
    rasters = RegionRaster.objects.filter(region=tile.region_id).select_related("region", "channel")
    rasters = rasters.defer("statistics", "region__boundary")
    return rasters if tile.col is not None else rasters.none()


def values_of(tile: Tile, raster: RegionRaster) -> Any:
    window = Window(tile.col or 0, tile.row or 0, tile.size, tile.size)
    return reader.tile(store_path(raster.path), window)


def figures_of(values: Any, *, kind: str) -> dict[str, float | None]:
    """Return share of valid pixels, minimum, mean and maximum; a mean of class numbers would say nothing."""
    known = values.compressed()
    if not known.size:
        return {"valid_share": 0.0, "min": None, "mean": None, "max": None}
    mean = None if kind == "class" else float(known.mean(dtype=np.float64))
    return {"valid_share": known.size / values.size, "min": float(known.min()), "mean": mean, "max": float(known.max())}


class TileView(GenericAPIView[Tile]):
    queryset = Tile.objects.none()
    detail = True

    def get_queryset(self) -> QuerySet[Tile]:
        return Tile.objects.visible_to(self.request.user).select_related("region").defer("region__boundary")


class TileChannels(TileView):
    """The channels of a tile: figures over its window, and thumbnails. None for a tile without geometry."""

    @extend_schema(tags=["tiles"], operation_id="tiles_channels_list", responses=TileChannelListSerializer)
    def get(self, request: Request, pk: str) -> Response:
        tile = self.get_object()
        results = [self._describe(tile, raster, request) for raster in in_order(rasters_of(tile))]
        return Response({"next": None, "previous": None, "results": results})

    def _describe(self, tile: Tile, raster: RegionRaster, request: Request) -> dict[str, Any]:
        channel = raster.channel
        names = {"modality": channel.modality, **vars(raster.wording), "kind": channel.kind}
        thumbnail = request.build_absolute_uri(f"/api/v1/tiles/{tile.pk}/channels/{channel.name}.png")
        figures = figures_of(values_of(tile, raster), kind=channel.kind)
        return {"channel": channel.name, **names, **figures, "thumbnail": thumbnail}


class TileThumbnail(TileView):
    """A channel of a tile as a PNG of its own pixels, coloured as on the map."""

    @extend_schema(
        tags=["tiles"], operation_id="tiles_channels_image", responses={(200, "image/png"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, pk: str, channel: str) -> HttpResponse:
        tile = self.get_object()
        raster = rasters_of(tile).filter(channel__name=channel).first()
        if raster is None:
            raise NotFound(f"Tile {pk} has no channel {channel!r}.")
        look = Look(raster)
        etag = caching.etag_of(look.style().checksum, raster.sha256, tile.col, tile.row, tile.size)
        if caching.is_current(request, etag):
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(self._draw(tile, look), content_type="image/png")
        is_public = tile.region.visibility == Visibility.PUBLIC
        lifetime = caching.FOR_A_MINUTE if is_public else caching.ASK_FIRST
        return caching.with_caching(response, etag=etag, is_public=is_public, lifetime=lifetime)

    def _draw(self, tile: Tile, look: Look) -> bytes:
        raster = look.raster
        shown = render.display_values(
            values_of(tile, raster), kind=raster.channel.kind, low=raster.display_low, high=raster.display_high
        )
        return render.palette_png(shown, look.palette)
