"""The kind `import-dataset`: a published dataset into regions, tiles, labels and its split."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from rest_framework import serializers

from apps.accounts.models import Visibility
from apps.jobs.models import Job
from apps.regions.grids import Bounds, union_of, window_of
from apps.regions.models import Region
from apps.regions.services import ensure_published_region
from apps.splits.models import Split, SplitMember
from apps.tiles.loading import TileRow, load_tiles
from apps.tiles.models import ChannelNorm, DatasetVersion, Tile, TileLabels
from apps.tiles.planning import analyze
from apps.tiles.roots import checked_folder
from apps.tiles.services import cover_with_tiles, ensure_revision, ensure_version, make_room
from apps.tiles.staging import staged
from workers.records.codec import from_data
from workers.records.datasets import PIXEL_FT, REGIONS, TILE_PX, DatasetResult
from workers.splits.checksum import checksum_of

LICENCE = "CC BY 4.0"
CITATION = "Massey and Imran 2025, EarthScape, doi:10.13023/kgs.data.05.01.2025"

_KEEP_ONLY_STAGED = """
DELETE FROM splits_splitmember member USING tiles_tile tile
WHERE member.split_id = %(split)s AND tile.id = member.tile_id
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


class ImportDatasetParameters(serializers.Serializer[Any]):
    folder = serializers.CharField(max_length=1000, help_text="A folder on the server, inside one of the import roots.")

    def validate_folder(self, value: str) -> str:
        return str(checked_folder(value))


def prepare_dataset(job: Job, folder: Path) -> dict[str, Any]:
    return {"folder": job.params["folder"]}


@transaction.atomic
def record_dataset(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store what was read, whole or not at all.

    1. One import at a time.
    2. The version, the label revision, the regions, each with a grid that holds its footprints.
    3. Tiles and labels, by COPY and an upsert.
    4. Boundaries, channel statistics, and the published split.
    5. Fresh statistics for the planner.
    """
    found = from_data(DatasetResult, result)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import-dataset'))")
    version = _version(found)
    revision = ensure_revision(version=version, classes=found.classes, checksum=found.label_checksum)
    table = folder / found.tiles.path
    regions = {row.slug: _region(row.slug, table) for row in found.regions if row.tiles}
    reader = _TileReader(table, regions, found.classes)
    counts = load_tiles(reader, version=version, revision=revision)
    if counts.tiles_created or counts.tiles_updated:
        for region in regions.values():
            cover_with_tiles(region=region)
    norms = _record_norms(folder / found.norms.path, version, regions)
    members = _record_split(table, version, found) if found.subsets else 0
    analyze(Tile, TileLabels, SplitMember)
    return {
        "dataset_version": version.slug,
        "regions": [vars(row) | {"per_class": dict(row.per_class)} for row in found.regions if row.tiles],
        "tiles": sum(row.tiles for row in found.regions),
        "footprints": sum(row.footprints for row in found.regions),
        "subsets": dict(found.subsets),
        **counts.as_data(),
        "norms_changed": norms,
        "members_changed": members,
        "off_the_grid": reader.off_the_grid,
        "notes": list(found.notes),
    }


def _version(found: DatasetResult) -> DatasetVersion:
    files = {source.path: source.sha256 for source in found.sources}
    manifest = {"layout": found.layout, "files": files, "notes": list(found.notes)}
    described = {"title": found.title, "made": False, "licence": LICENCE, "citation": CITATION, "manifest": manifest}
    return ensure_version(slug=found.version, defaults=described)


def _region(slug: str, table: Path) -> Region:
    region = ensure_published_region(published=next(row for row in REGIONS if row.slug == slug))
    extent = union_of(b for row in _rows(table) if row["region"] == slug and (b := _bounds(row)))
    if extent:
        make_room(region=region, extent=extent, pixel_size=PIXEL_FT)
    return region


class _TileReader:
    """Yields the tiles of the table and counts those whose footprint is off the lattice of their region's grid."""

    def __init__(self, table: Path, regions: Mapping[str, Region], classes: tuple[str, ...]) -> None:
        self._table, self._regions, self._classes = table, regions, classes
        self.off_the_grid = 0

    def __iter__(self) -> Iterator[TileRow]:
        for row in _rows(self._table):
            region, bounds = self._regions[row["region"]], _bounds(row)
            window = window_of(region.grid, bounds, size=TILE_PX) if bounds and region.grid else None
            self.off_the_grid += bounds is not None and window is None
            areas = tuple(float(row[f"area_{symbol}"]) for symbol in self._classes)
            present = tuple(i for i, symbol in enumerate(self._classes) if row[f"label_{symbol}"] == "1")
            yield TileRow(region, row["patch_id"], int(row["number"]), bounds, window, areas, present)


def _rows(table: Path) -> Iterator[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _bounds(row: Mapping[str, str]) -> Bounds | None:
    if not row["left"]:
        return None
    return (float(row["left"]), float(row["bottom"]), float(row["right"]), float(row["top"]))


def _record_norms(table: Path, version: DatasetVersion, regions: Mapping[str, Region]) -> int:
    known = {
        (norm.region_id, norm.channel_name): (norm.mean, norm.std)
        for norm in ChannelNorm.objects.filter(dataset_version=version)
    }
    changed = []
    for row in _rows(table):
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


def _record_split(table: Path, version: DatasetVersion, found: DatasetResult) -> int:
    members = [(row["patch_id"], row["subset"]) for row in _rows(table) if row["subset"]]
    described = {
        "dataset_version": version,
        "method": "published",
        "checksum": checksum_of(members),
        "sizes": dict(found.subsets),
    }
    opened = {**described, "visibility": Visibility.PUBLIC}
    split, _ = Split.objects.update_or_create(name=version.slug, defaults=described, create_defaults=opened)
    keys = {"split": split.pk, "version": version.pk}
    with staged("staged_members", {"patch_id": "text", "subset": "text"}, members) as cursor:
        cursor.execute(_KEEP_ONLY_STAGED, keys)
        changed: int = cursor.rowcount
        cursor.execute(_UPSERT_MEMBERS, keys)
        changed += cursor.rowcount
    split.note_regions()
    return changed
