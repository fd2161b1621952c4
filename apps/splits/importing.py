"""The kind `import-dataset`: a published dataset into regions, tiles, labels and its split."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from rest_framework import serializers

from apps.accounts.models import Visibility
from apps.jobs.models import Job
from apps.regions.grids import union_of
from apps.regions.models import Region
from apps.regions.services import ensure_published_region
from apps.splits.imported import TileReader, bounds_of, record_norms, record_subsets, rows_of
from apps.splits.models import SplitMember
from apps.tiles.loading import load_tiles
from apps.tiles.models import DatasetVersion, Tile, TileLabels
from apps.tiles.planning import analyze
from apps.tiles.roots import checked_folder
from apps.tiles.services import cover_with_tiles, ensure_revision, ensure_version, make_room
from workers.records.codec import from_data
from workers.records.datasets import PIXEL_FT, REGIONS, DatasetResult

LICENCE = "CC BY 4.0"
CITATION = "Massey and Imran 2025, EarthScape, doi:10.13023/kgs.data.05.01.2025"


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
    reader = TileReader(table, regions, found.classes)
    counts = load_tiles(reader, version=version, revision=revision)
    if counts.tiles_created or counts.tiles_updated:
        for region in regions.values():
            cover_with_tiles(region=region)
    norms = record_norms(folder / found.norms.path, version, regions)
    members = _record_split(table, version, regions.values()) if found.subsets else 0
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
    extent = union_of(b for row in rows_of(table) if row["region"] == slug and (b := bounds_of(row)))
    if extent:
        make_room(region=region, extent=extent, pixel_size=PIXEL_FT)
    return region


def _record_split(table: Path, version: DatasetVersion, regions: Iterable[Region]) -> int:
    return record_subsets(table, version, regions, name=version.slug, method="published", visibility=Visibility.PUBLIC)
