"""Frequencies, areas and co-occurrence of classes, all from one pass over the labels.

Tiles are grouped by the set of classes they hold: seven classes make at most 128 sets, so the rest is arithmetic on a
short list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum

from apps.accounts.models import User
from apps.regions.models import Region
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels


@dataclass(frozen=True)
class ClassSet:
    """The tiles of one group that hold just these classes (positions from 0): how many, and the sums of shares."""

    group: str
    present: frozenset[int]
    tiles: int
    areas: tuple[float, ...]


@dataclass(frozen=True)
class ClassCounts:
    """Over some tiles: how many there are and, by class, how many hold it and its mean share of a tile."""

    tiles: int
    holding: tuple[int, ...]
    mean_areas: tuple[float, ...]

    @property
    def frequencies(self) -> tuple[float | None, ...]:
        return tuple(count / self.tiles if self.tiles else None for count in self.holding)


def versions_visible_to(user: User | AnonymousUser) -> QuerySet[DatasetVersion]:
    """Dataset versions that have a tile in a region which the user may see.

    One tile is looked up for each pair of version and region, through the index; asked for all tiles of all regions at
    once, the database reads every visible tile.
    """
    tile = Tile.objects.filter(region=OuterRef("pk"), dataset_version=OuterRef(OuterRef("pk"))).order_by()
    regions = Region.objects.visible_to(user).annotate(some_tile=Subquery(tile.values("pk")[:1]))
    return DatasetVersion.objects.filter(Exists(regions.filter(some_tile__isnull=False)))


def class_sets(labels: QuerySet[TileLabels], revision: LabelRevision, *, by: str) -> list[ClassSet]:
    """Group labels of one revision by the field `by` and by the classes held."""
    places = range(len(revision.classes))
    sums = {f"area_{place}": Sum(f"areas__{place}") for place in places}
    rows = labels.filter(label_revision=revision).order_by().values(by, "present").annotate(tiles=Count("pk"), **sums)
    return [
        ClassSet(str(row[by]), frozenset(row["present"]), row["tiles"], tuple(row[f"area_{place}"] for place in places))
        for row in rows
    ]


def counts_of(sets: Iterable[ClassSet], classes: Sequence[str]) -> ClassCounts:
    sets = list(sets)
    tiles = sum(entry.tiles for entry in sets)
    places = range(len(classes))
    holding = tuple(sum(entry.tiles for entry in sets if place in entry.present) for place in places)
    areas = tuple(sum(entry.areas[place] for entry in sets) / tiles if tiles else 0.0 for place in places)
    return ClassCounts(tiles, holding, areas)


def counts_by_group(sets: Iterable[ClassSet], classes: Sequence[str]) -> dict[str, ClassCounts]:
    groups: dict[str, list[ClassSet]] = {}
    for entry in sets:
        groups.setdefault(entry.group, []).append(entry)
    return {group: counts_of(members, classes) for group, members in sorted(groups.items())}


def co_occurrence(sets: Iterable[ClassSet], classes: Sequence[str]) -> list[list[int]]:
    """How many tiles hold both classes; on the diagonal, how many hold the class."""
    sets = list(sets)
    places = range(len(classes))
    return [[_holding(sets, {first, second}) for second in places] for first in places]


def _holding(sets: Iterable[ClassSet], wanted: set[int]) -> int:
    return sum(entry.tiles for entry in sets if wanted <= entry.present)


def without_geometry(version: DatasetVersion, user: User | AnonymousUser) -> dict[str, Any]:
    """By the name of a region its slug, its tiles, and how many of them were published without geometry."""
    tiles = Tile.objects.visible_to(user).filter(dataset_version=version).order_by()
    rows = tiles.values("region__name", "region__slug").annotate(tiles=Count("pk"), placed=Count("footprint"))
    return {
        row["region__name"]: {
            "slug": row["region__slug"], "tiles": row["tiles"], "unplaced": row["tiles"] - row["placed"]
        }
        for row in rows.order_by("region__name")
    }  # fmt: skip
