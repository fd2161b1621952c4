from typing import Any

from django.contrib.gis.db.models import Extent
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.annotations.models import MapUnit
from apps.maptiles import caching
from apps.maptiles.layers import LAYERS, Layer
from apps.maptiles.raster_views import ATTRIBUTION, checked_tile, degrees
from apps.maptiles.tile_layer import class_order
from apps.regions.models import Region
from workers.errors import NotFound

CONTENT_TYPE = "application/vnd.mapbox-vector-tile"
DEEPEST = 14
WHOLE_WORLD = [-180.0, -85.06, 180.0, 85.06]


def find_layer(name: str, request: Request) -> Layer:
    layer = LAYERS.get(name)
    if layer is None:
        raise NotFound(f"There is no layer {name!r}; there are {', '.join(LAYERS)}.")
    unknown = sorted(set(request.query_params) - set(layer.parameters))
    if unknown:
        known = ", ".join(layer.parameters)
        raise ValidationError({unknown[0][:100]: [f"This query parameter is unknown. Known are {known}."]})
    return layer


@extend_schema(exclude=True)
class VectorMapTile(APIView):
    """A layer as a Mapbox vector map tile, drawn from what the asker may see."""

    def get(self, request: Request, layer: str, z: str, x: str, y: str) -> HttpResponse:
        tile = checked_tile(int(z), int(x), int(y))
        body = find_layer(layer, request).draw(request, tile)
        etag = caching.etag_of_bytes(body)
        response = HttpResponse(status=304) if caching.is_current(request, etag) else HttpResponse(body, CONTENT_TYPE)
        is_public = not request.user.is_authenticated
        lifetime = caching.FOR_A_MINUTE if is_public else caching.ASK_FIRST
        return caching.with_caching(response, etag=etag, is_public=is_public, lifetime=lifetime)


@extend_schema(exclude=True)
class VectorTileJSON(APIView):
    """Where the map tiles of a layer are, its attributes, and the colours and bits of the classes."""

    def get(self, request: Request, layer: str) -> Response:
        return Response(vector_tilejson(find_layer(layer, request), request))


def vector_tilejson(layer: Layer, request: Request) -> dict[str, Any]:
    url = request.build_absolute_uri(f"/maptiles/vector/{layer.name}")
    query = request.META.get("QUERY_STRING", "")
    return {
        "tilejson": "3.0.0",
        "name": layer.name,
        "attribution": ATTRIBUTION,
        "tiles": [f"{url}/{{z}}/{{x}}/{{y}}.pbf" + (f"?{query}" if query else "")],
        "bounds": _bounds(request),
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "vector_layers": [{"id": "tiles" if layer.name == "splits" else layer.name, "fields": layer.fields}],
        "classes": _classes(),
    }


def _bounds(request: Request) -> list[float]:
    regions: Any = Region.objects.visible_to(request.user)
    slug = request.query_params.get("region")
    extent = (regions.filter(slug=slug) if slug else regions).aggregate(extent=Extent("boundary"))["extent"]
    return degrees(extent) if extent else WHOLE_WORLD


def _classes() -> list[dict[str, Any]]:
    order = class_order()
    return [
        {"symbol": unit.symbol, "name": unit.name, "colour": unit.colour, "bit": order[unit.symbol]}
        for unit in MapUnit.objects.all()
    ]
