"""Tiles stay where they are: what would move one that something refers to is refused."""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.regions.models import Region
from apps.regions.projection import is_same_crs
from apps.tiles.models import DatasetVersion, Tile, TileLabels
from workers.errors import Conflict
from workers.records.grids import TOLERANCE_PX

NAMED = 2

# Locked, so that a split that is being stored with them is waited for, and a later one finds them gone.
_MOVED = """
SELECT tile.id FROM staged_tiles staged
JOIN tiles_tile tile ON tile.dataset_version_id = %(version)s AND tile.patch_id = staged.patch_id
WHERE greatest(
  abs(tile.bounds[1] - staged.bounds[1]), abs(tile.bounds[2] - staged.bounds[2]),
  abs(tile.bounds[3] - staged.bounds[3]), abs(tile.bounds[4] - staged.bounds[4])
) > %(tolerance)s * (tile.bounds[3] - tile.bounds[1]) / tile.size
ORDER BY tile.id FOR UPDATE OF tile
"""


def make_way(cursor: CursorWrapper, *, version: DatasetVersion) -> int:
    """Delete the tiles of a version that the staged ones have at another place, so that those are new ones; return how
    many. To be called in a transaction, with the tiles staged.

    Raises:
        Conflict: something refers to one of them.
    """
    cursor.execute(_MOVED, {"version": version.pk, "tolerance": TOLERANCE_PX})
    moved = [pk for (pk,) in cursor.fetchall()]
    refuse(referred_to(Tile.objects.filter(pk__in=moved)), why="would lie elsewhere on the ground")
    return _delete(cursor, moved)


def leave_crs(*, region: Region, before: str | None, version: str) -> None:
    """Delete the tiles of a region whose CRS was another one before: their bounds say nothing in the new one.

    Raises:
        Conflict: something refers to one of them, or it belongs to another dataset version than the one that the
            region's tiles are now made for.
    """
    if before is None or is_same_crs(before, region.crs):
        return
    placed = Tile.objects.filter(region=region, bounds__isnull=False)
    locked = list(placed.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    others = placed.exclude(dataset_version__slug=version)
    refuse(others, why=f"lie in {before[:40]} and would have no place in {region.crs[:40]}")
    refuse(referred_to(placed), why=f"lie in {before[:40]} and would have no place in {region.crs[:40]}")
    with connection.cursor() as cursor:
        _delete(cursor, locked)


def referred_to(tiles: QuerySet[Tile]) -> QuerySet[Tile]:
    """Return those that anything but their own labels refers to, or of which a curator has said something."""
    found = Q(Exists(Tile.history.filter(id=OuterRef("pk"), history_type="~")))
    for relation in Tile._meta.related_objects:
        rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        if relation.related_model is not TileLabels:
            found |= Q(Exists(rows))
    return tiles.filter(found)


def refuse(tiles: QuerySet[Tile], *, why: str) -> None:
    """Refuse what would happen to tiles, if there are any.

    Raises:
        Conflict: naming the region, how many of its tiles, some of them, and what to do.
    """
    first = tiles.select_related("region", "dataset_version").order_by("pk").first()
    if first is None:
        return
    here = tiles.filter(region=first.region, dataset_version=first.dataset_version).order_by("pk")
    ids = list(here.values_list("patch_id", flat=True))
    raise Conflict(
        f"Tiles of {first.region} in {first.dataset_version} {why}: {_some(ids)}. A tile that splits, predictions or "
        f"curators refer to keeps its place: {_advice(first.dataset_version)}."
    )


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - NAMED
    return ", ".join(ids[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _advice(version: DatasetVersion) -> str:
    if "layout" in version.manifest:
        return "check that the folder is the one that was published"
    return "give the region another slug and another dataset version, and both stand side by side"


def _delete(cursor: CursorWrapper, tiles: Sequence[int]) -> int:
    """By SQL: should anything refer to them after all, the database refuses."""
    cursor.execute("DELETE FROM tiles_tilelabels WHERE tile_id = ANY(%s)", [list(tiles)])
    cursor.execute("DELETE FROM tiles_tile WHERE id = ANY(%s)", [list(tiles)])
    deleted: int = cursor.rowcount
    return deleted
