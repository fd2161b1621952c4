"""The map that a region was processed from, as annotations."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import MultiPolygon
from django.db.models import QuerySet
from simple_history.utils import bulk_create_with_history

from apps.accounts.models import User
from apps.annotations.covering import Shape, successors
from apps.annotations.models import Annotation, MapUnit
from apps.regions.models import Region
from workers.errors import Conflict

REASON = "processed"  # in the history: this came from, or went with, the map that the region was processed from

Key = tuple[int, bytes]


@dataclass(frozen=True)
class MappedArea:
    """A polygon of the source map: its symbol, and its geometry in Web Mercator."""

    symbol: str
    geometry: MultiPolygon


def record_annotations(*, region: Region, areas: Sequence[MappedArea], user: User) -> dict[str, int]:
    """Let the annotations that nobody has touched be those of this map.

    1. What a curator has changed, added or deleted stays as it is, and its original does not come back, however the map
       is cut and whatever its unit is now.
    2. A polygon that was in the last map and is in this one stays, with its history.
    3. The others of the last map are deleted, new ones are added, both with their history; but those stay whose ground
       would be bare, since what covers it now was left out by the first rule.
    """
    units = {unit.symbol: unit for unit in MapUnit.objects.all()}
    if unknown := sorted({area.symbol for area in areas} - units.keys()):
        raise Conflict(f"There is no map unit {unknown[0]}: add it to the catalogue first.")
    untouched = {_key(row.map_unit_id, row.geometry): row for row in _untouched(region)}
    shapes = [Shape(units[area.symbol].pk, area.geometry) for area in areas]
    stale = successors(shapes, of=_originals_of_curated(region), kept=_shapes(untouched.values()))
    coming = list(itertools.compress(zip(shapes, areas, strict=True), ~stale))
    wanted = {_key(shape.unit, shape.geometry): area for shape, area in coming}
    replaced = [row for key, row in untouched.items() if key not in wanted]
    left_out = list(itertools.compress(shapes, stale))
    bare = successors(_shapes(replaced), of=left_out, kept=[shape for shape, _ in coming])
    gone = list(itertools.compress(replaced, ~bare))
    new = [area for key, area in wanted.items() if key not in untouched]
    for row in gone:
        row._change_reason = REASON  # type: ignore[attr-defined]  # simple_history reads both off the object
        row._history_user = user  # type: ignore[attr-defined]
        row.delete()
    rows = [Annotation(region=region, map_unit=units[area.symbol], geometry=area.geometry) for area in new]
    bulk_create_with_history(rows, Annotation, default_user=user, default_change_reason=REASON)
    counts = {"annotations_created": len(rows), "annotations_deleted": len(gone)}
    return counts | {"annotations_left_out": int(stale.sum())}


def _key(unit: int, geometry: MultiPolygon) -> Key:
    return unit, bytes(geometry.wkb)


def _from_maps(region: Region) -> QuerySet[Annotation]:
    rows: QuerySet[Annotation] = Annotation.history.filter(
        region_id=region.pk, history_type="+", history_change_reason=REASON
    )
    return rows


def _untouched(region: Region) -> QuerySet[Annotation]:
    return region.annotations.filter(revision=1, pk__in=_from_maps(region).values("id"))


def _originals_of_curated(region: Region) -> list[Shape]:
    changed = region.annotations.filter(revision__gt=1).values("pk")
    removed = Annotation.history.filter(region_id=region.pk, history_type="-").exclude(history_change_reason=REASON)
    rows = _from_maps(region).filter(id__in=changed) | _from_maps(region).filter(id__in=removed.values("id"))
    return _shapes(rows)


def _shapes(rows: Iterable[Annotation]) -> list[Shape]:
    return [Shape(row.map_unit_id, row.geometry) for row in rows]
