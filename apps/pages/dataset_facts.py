"""How often each class occurs, how much of the tiles it covers, and which classes occur together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.accounts.models import User
from apps.annotations.models import MapUnit
from apps.regions.models import Region
from apps.splits.models import Split, Subset
from apps.tiles import counting
from apps.tiles.models import DatasetVersion, LabelRevision, TileLabels


@dataclass(frozen=True)
class DatasetChoice:
    """What the page shows: a dataset version, one of its label revisions, and perhaps a split and a region."""

    versions: Sequence[DatasetVersion]
    version: DatasetVersion | None
    revision: LabelRevision | None
    splits: Sequence[Split]
    split: Split | None
    region: str

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        versions = list(counting.versions_visible_to(request.user).prefetch_related("label_revisions"))
        version = _named(versions, request.GET.get("version"), field="slug")
        revisions = list(version.label_revisions.all()) if version else []
        splits = list(Split.objects.visible_to(request.user).filter(dataset_version=version)) if version else []
        revision = _named(revisions, request.GET.get("revision"), field="slug")
        split = _named(splits, request.GET.get("split"), field="name")
        return cls(versions, version, revision, splits, split, request.GET.get("region", ""))


def _named(rows: Sequence[Any], name: str | None, *, field: str) -> Any:
    return next((row for row in rows if getattr(row, field) == name), rows[0] if rows else None)


@dataclass(frozen=True)
class Frequency:
    """One class in one group of tiles."""

    holding: int
    frequency: float | None
    area: float


def dataset_facts(
    version: DatasetVersion, revision: LabelRevision, split: Split | None, *, user: User | AnonymousUser, region: str
) -> dict[str, Any]:
    labels = TileLabels.objects.filter(tile__region__in=Region.objects.visible_to(user))
    sets = counting.class_sets(labels, revision, by="tile__region__name")
    regions = counting.counts_by_group(sets, revision.classes)
    chosen = [entry for entry in sets if not region or entry.group == region]
    units = {unit.symbol: unit for unit in MapUnit.objects.all()}
    return {
        "places": counting.without_geometry(version, user),
        "regions": list(regions),
        "by_region": _table(revision.classes, units, regions),
        "by_subset": _by_subset(labels, revision, split, units) if split else None,
        "pairs": _pairs(chosen, revision.classes, units),
        "chart": _chart_points(revision.classes, regions),
    }


def _by_subset(labels: Any, revision: LabelRevision, split: Split, units: Mapping[str, MapUnit]) -> dict[str, Any]:
    members = labels.filter(tile__memberships__split=split)
    found = counting.counts_by_group(
        counting.class_sets(members, revision, by="tile__memberships__subset"), revision.classes
    )
    ordered = {label: found[value] for value, label in Subset.choices if value in found}
    return {
        "heads": [(label, counts.tiles) for label, counts in ordered.items()],
        "rows": _table(revision.classes, units, ordered),
    }


def _table(
    classes: Sequence[str], units: Mapping[str, MapUnit], groups: Mapping[str, counting.ClassCounts]
) -> list[tuple[MapUnit, list[Frequency]]]:
    return [
        (
            units[symbol],
            [Frequency(c.holding[place], c.frequencies[place], c.mean_areas[place]) for c in groups.values()],
        )
        for place, symbol in enumerate(classes)
    ]


def _pairs(
    sets: Sequence[counting.ClassSet], classes: Sequence[str], units: Mapping[str, MapUnit]
) -> list[tuple[MapUnit, list[Any]]]:
    """By class, the tiles that hold it and another, as a count and as a share of the tiles that hold the first."""
    matrix = counting.co_occurrence(sets, classes)
    return [
        (units[symbol], [(count, count / row[place] if row[place] else None) for count in row])
        for place, (symbol, row) in enumerate(zip(classes, matrix, strict=True))
    ]


def _chart_points(classes: Sequence[str], regions: Mapping[str, counting.ClassCounts]) -> list[dict[str, Any]]:
    return [
        {"class": symbol, "region": name, "share": counts.frequencies[place], "tiles": counts.holding[place]}
        for name, counts in regions.items()
        for place, symbol in enumerate(classes)
    ]
