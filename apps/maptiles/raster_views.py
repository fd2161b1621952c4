import math
from functools import cache
from typing import Any

import numpy as np
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.maptiles import caching
from apps.maptiles.pictures import Picture, find_picture, reader, store_path
from workers.errors import NotFound
from workers.maptiles import palettes, render
from workers.maptiles.reader import MAP_TILE_PIXELS, WORLD, Bounds, MapTile

ATTRIBUTION = "EarthScape: Massey and Imran 2025, doi:10.13023/kgs.data.05.01.2025, CC BY 4.0"
MADE_ATTRIBUTION = "Made for demonstration; nobody surveyed it."


@cache
def empty_png() -> bytes:
    nothing = np.zeros((MAP_TILE_PIXELS, MAP_TILE_PIXELS), np.uint8)
    return render.palette_png(nothing, palettes.class_palette({}))


def checked_tile(z: int, x: int, y: int) -> MapTile:
    tile = MapTile(z, x, y)
    if not tile.exists:
        raise NotFound(f"There is no map tile {z}/{x}/{y}.")
    return tile


@extend_schema(exclude=True)
class RasterMapTile(APIView):
    """A channel of a region as a PNG map tile."""

    def get(self, request: Request, region: str, channel: str, z: str, x: str, y: str) -> HttpResponse:
        tile = checked_tile(int(z), int(x), int(y))
        picture = find_picture(request.user, slug=region, name=channel)
        checksum = picture.style.checksum
        style = request.query_params.get("style")
        if style is not None and style != checksum:
            raise NotFound(f"There is no such style of {channel!r}; the default one is {checksum}.")
        etag = caching.etag_of(checksum, z, x, y)
        if caching.is_current(request, etag):
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(picture.map_tile(tile) or empty_png(), content_type="image/png")
        lifetime = caching.FOR_EVER if style else caching.FOR_A_MINUTE if picture.is_public else caching.ASK_FIRST
        return caching.with_caching(response, etag=etag, is_public=picture.is_public, lifetime=lifetime)


@extend_schema(exclude=True)
class RasterTileJSON(APIView):
    """Where the map tiles of a channel are, their extent, and the legend of its default style."""

    def get(self, request: Request, region: str, channel: str) -> Response:
        picture = find_picture(request.user, slug=region, name=channel)
        return Response(raster_tilejson(picture, request))


def raster_tilejson(picture: Picture, request: Request) -> dict[str, Any]:
    path = store_path(picture.rasters[0].display_path)
    style = picture.style
    base = request.build_absolute_uri(f"/maptiles/raster/{picture.region.slug}/{picture.name}")
    made = picture.region.origin == picture.region.Origin.MADE
    return {
        "tilejson": "3.0.0",
        "name": f"{picture.region.name}: {picture.title}",
        "attribution": MADE_ATTRIBUTION if made else ATTRIBUTION,
        "tiles": [f"{base}/{{z}}/{{x}}/{{y}}.png?style={style.checksum}"],
        "bounds": degrees(reader.bounds(path)),
        "minzoom": 0,
        "maxzoom": native_zoom(reader.pixel_size(path)),
        "legend": {
            "title": picture.title,
            "kind": style.kind,
            "palette": style.palette,
            "unit": style.unit,
            "range": [style.low, style.high],
            "stops": [{"value": s.value, "label": s.label, "colour": s.colour} for s in style.stops],
            "style": style.checksum,
        },
    }


def native_zoom(pixel_size: float) -> int:
    return max(0, round(math.log2(2 * WORLD / MAP_TILE_PIXELS / pixel_size)))


def degrees(bounds: Bounds) -> list[float]:
    """Return west, south, east, north of a box in Web Mercator."""
    west, east = (180 * x / WORLD for x in (bounds[0], bounds[2]))
    south, north = (math.degrees(math.atan(math.sinh(math.pi * y / WORLD))) for y in (bounds[1], bounds[3]))
    return [round(value, 7) for value in (west, south, east, north)]
