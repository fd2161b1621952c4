"""Tiles by class and by subset."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Case, Func, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.annotations.models import MapUnit
from apps.maptiles.mvt import Aggregate, cell_tile, envelope, square_tile
from apps.splits.filters import TileFilter, find_split
from apps.splits.models import SplitMember
from apps.tiles.filters import chosen_revisions
from apps.tiles.models import LabelRevision, Tile, TileLabels
from workers.maptiles.reader import MapTile

SQUARES_FROM = 11  # at zoom 10 a step between tiles is under two pixels, and a map tile would hold 25,000 of them
CLASSES = Aggregate("classes", "bit_or(classes)")
SUBSET = Aggregate("subset", "mode() WITHIN GROUP (ORDER BY subset)")


def draw_tiles(request: Request, tile: MapTile) -> bytes:
    filters = TileFilter(request.query_params, queryset=Tile.objects.visible_to(request.user), request=request)
    if not filters.is_valid():
        raise ValidationError(filters.errors)
    asked = filters.form.cleaned_data
    rows = filters.qs.filter(footprint__bboverlaps=envelope(tile))
    rows = rows.annotate(classes=class_bits(chosen_revisions(asked, request.user)))
    columns: tuple[str, ...] = ("classes",)
    aggregates: tuple[Aggregate, ...] = (CLASSES,)
    if asked["split"]:
        rows = rows.annotate(subset=_subset(asked["split"], request.user))
        columns, aggregates = (*columns, "subset"), (*aggregates, SUBSET)
    return draw_squares(rows, tile, layer="tiles", columns=columns, aggregates=aggregates)


def draw_split(request: Request, tile: MapTile) -> bytes:
    if not request.query_params.get("split"):
        raise ValidationError({"split": ["Say which split."]})
    return draw_tiles(request, tile)


def draw_squares(
    rows: QuerySet[Any],
    tile: MapTile,
    *,
    layer: str,
    columns: tuple[str, ...],
    aggregates: tuple[Aggregate, ...],
    geometry: str = "footprint",
) -> bytes:
    """Draw one square a tile or, further out, one square a cell."""
    if tile.z < SQUARES_FROM:
        return cell_tile(rows, layer=layer, geometry=geometry, aggregates=aggregates, columns=columns, tile=tile)
    prefix = geometry.removesuffix("footprint")
    return square_tile(
        rows, layer=layer, geometry=geometry, columns=(*columns, f"{prefix}patch_id"), tile=tile, clip=False
    )


def _subset(name: str, user: Any) -> Subquery:
    members = SplitMember.objects.filter(tile=OuterRef("pk"), split=find_split(name, user))
    return Subquery(members.values("subset")[:1])


def class_order() -> dict[str, int]:
    """Return which bit stands for which class: the catalogue's order, from 0."""
    symbols = MapUnit.objects.order_by("mask_value").values_list("symbol", flat=True)
    return {symbol: bit for bit, symbol in enumerate(symbols)}


def class_bits(revisions: Sequence[LabelRevision]) -> Subquery:
    """Return an expression: the classes a tile holds as a sum of powers of two, by `class_order`."""
    labels = TileLabels.objects.filter(tile=OuterRef("pk"), label_revision__in=[revision.pk for revision in revisions])
    return Subquery(labels.annotate(bits=_bits(revisions)).values("bits")[:1], output_field=BigIntegerField())


def _bits(revisions: Iterable[LabelRevision]) -> Func:
    order = class_order()
    whens = [
        When(label_revision=revision, then=_integers([order[s] for s in revision.classes])) for revision in revisions
    ]
    integers = ArrayField(IntegerField())
    table = Case(*whens, output_field=integers) if whens else _integers([])
    return Func(
        table,
        template='(SELECT COALESCE(bit_or(1::bigint << (%(expressions)s)[p + 1]), 0) FROM unnest("present") AS p)',
        output_field=BigIntegerField(),
    )


def _integers(values: list[int]) -> Func:
    return Func(
        Value(values, output_field=ArrayField(IntegerField())),
        template="%(expressions)s::int[]",
        output_field=ArrayField(IntegerField()),
    )
