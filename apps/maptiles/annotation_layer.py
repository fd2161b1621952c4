"""Map units as polygons."""

import django_filters
from django.contrib.gis.db.models import GeometryField
from django.db.models import F, Func, Value
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.annotations.models import Annotation
from apps.maptiles.mvt import envelope, square_tile
from workers.maptiles.reader import MAP_TILE_PIXELS, WORLD, MapTile

WHOLE_FROM = 14


class AnnotationTileFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    region = django_filters.CharFilter(field_name="region__slug", max_length=60)
    map_unit = django_filters.CharFilter(field_name="map_unit__symbol", max_length=20)

    class Meta:
        model = Annotation
        fields: list[str] = []


def draw_map_units(request: Request, tile: MapTile) -> bytes:
    filters = AnnotationTileFilter(
        request.query_params, queryset=Annotation.objects.visible_to(request.user), request=request
    )
    if not filters.is_valid():
        raise ValidationError(filters.errors)
    rows = filters.qs.filter(geometry__bboverlaps=envelope(tile))
    rows = rows.annotate(symbol=F("map_unit__symbol"), colour=F("map_unit__colour"), region_slug=F("region__slug"))
    columns = ("symbol", "colour", "region_slug", "revision")
    return square_tile(rows, layer="map-units", geometry=_simplified(tile), columns=columns, tile=tile)


def _simplified(tile: MapTile) -> F | Func:
    """Vertices closer than half a pixel cannot be seen and are most of what a survey's polygon weighs."""
    if tile.z >= WHOLE_FROM:
        return F("geometry")
    half_a_pixel = 2 * WORLD / 2**tile.z / MAP_TILE_PIXELS / 2
    return Func(F("geometry"), Value(half_a_pixel), function="ST_Simplify", output_field=GeometryField())
