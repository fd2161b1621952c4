"""What a child process has read of a folder in a published layout, into tiles, statistics and a split."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from apps.accounts.models import Visibility
from apps.regions.grids import Bounds, window_of
from apps.regions.models import Region
from apps.splits.models import Split
from apps.tiles.loading import TileRow
from apps.tiles.models import ChannelNorm, DatasetVersion
from apps.tiles.staging import staged
from workers.records.datasets import TILE_PX

_KEEP_ONLY_STAGED = """
DELETE FROM splits_splitmember member USING tiles_tile tile
WHERE member.split_id = %(split)s AND tile.id = member.tile_id AND tile.region_id = ANY(%(regions)s)
  AND NOT EXISTS (SELECT 1 FROM staged_members staged WHERE staged.patch_id = tile.patch_id)
"""
_UPSERT_MEMBERS = """
INSERT INTO splits_splitmember AS member (split_id, tile_id, subset)
SELECT %(split)s, tile.id, staged.subset
FROM staged_members staged
JOIN tiles_tile tile ON tile.dataset_version_id = %(version)s AND tile.patch_id = staged.patch_id
ORDER BY tile.id
ON CONFLICT (split_id, tile_id) DO UPDATE SET subset = EXCLUDED.subset WHERE member.subset <> EXCLUDED.subset
"""


class TileReader:
    """Yields the tiles of the table and counts those whose footprint is off the lattice of their region's grid."""

    def __init__(
        self,
        table: Path,
        regions: Mapping[str, Region],
        classes: tuple[str, ...],
        *,
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        self._table, self._regions, self._classes = table, regions, classes
        self._sizes = sizes or {}
        self.off_the_grid = 0

    def __iter__(self) -> Iterator[TileRow]:
        for row in rows_of(self._table):
            region, bounds = self._regions[row["region"]], bounds_of(row)
            size = self._sizes.get(row["region"], TILE_PX)
            window = window_of(region.grid, bounds, size=size) if bounds and region.grid else None
            self.off_the_grid += bounds is not None and window is None
            areas = tuple(float(row[f"area_{symbol}"]) for symbol in self._classes)
            present = tuple(i for i, symbol in enumerate(self._classes) if row[f"label_{symbol}"] == "1")
            yield TileRow(region, row["patch_id"], int(row["number"]), bounds, window, areas, present, size)


def rows_of(table: Path) -> Iterator[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def bounds_of(row: Mapping[str, str]) -> Bounds | None:
    if not row["left"]:
        return None
    return (float(row["left"]), float(row["bottom"]), float(row["right"]), float(row["top"]))


def record_norms(table: Path, version: DatasetVersion, regions: Mapping[str, Region]) -> int:
    known = {
        (norm.region_id, norm.channel_name): (norm.mean, norm.std)
        for norm in ChannelNorm.objects.filter(dataset_version=version)
    }
    changed = []
    for row in rows_of(table):
        region, values = regions[row["region"]], (float(row["mean"]), float(row["std"]))
        if known.get((region.pk, row["channel"])) != values:
            norm = ChannelNorm(dataset_version=version, region=region, channel_name=row["channel"])
            norm.mean, norm.std = values
            changed.append(norm)
    ChannelNorm.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["dataset_version", "region", "channel_name"],
        update_fields=["mean", "std"],
    )
    return len(changed)


def record_subsets(
    table: Path,
    version: DatasetVersion,
    regions: Iterable[Region],
    *,
    name: str,
    method: str,
    visibility: Visibility,
    **whose: Any,
) -> int:
    """Store the split that a folder's files give; in the folder's regions its members are exactly theirs. Return how
    many changed.

    `visibility` is that of a new one: importing again opens nothing. Members in other regions of the dataset version,
    which came from other folders, stay.
    """
    members = [(row["patch_id"], row["subset"]) for row in rows_of(table) if row["subset"]]
    described = {"dataset_version": version, "method": method, **whose}
    opened = {**described, "visibility": visibility}
    split, _ = Split.objects.update_or_create(name=name, defaults=described, create_defaults=opened)
    keys: dict[str, Any] = {"split": split.pk, "version": version.pk, "regions": [region.pk for region in regions]}
    with staged("staged_members", {"patch_id": "text", "subset": "text"}, members) as cursor:
        cursor.execute(_KEEP_ONLY_STAGED, keys)
        changed: int = cursor.rowcount
        cursor.execute(_UPSERT_MEMBERS, keys)
        changed += cursor.rowcount
    split.note_members()
    return changed
