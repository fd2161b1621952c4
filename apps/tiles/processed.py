"""Tiles of a processed region into its dataset version."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from apps.accounts.models import Role, User
from apps.jobs.models import Job
from apps.regions.models import Region
from apps.tiles.loading import TileRow, load_tiles
from apps.tiles.models import DatasetVersion, LabelRevision, Tile
from apps.tiles.services import ensure_revision, notes_of_changed_labels, place_tiles
from workers.errors import Conflict, PermissionDenied
from workers.files import checksum_of
from workers.records.labels import present_classes
from workers.records.regions import RegionResult, RegionSpec

PUBLISHED_START = "earthscape-v"
MASK_COLUMN = "mask_"
LEFT_OUT = "not among the tiles of the latest processing"


def check_may_extend(*, slug: str, user: User) -> None:
    """Refuse a dataset version that was published, or that holds tiles of other people's regions.

    Raises:
        Conflict: it was published, or its name is kept for what is.
        PermissionDenied: somebody else's tiles are in it.
    """
    version = DatasetVersion.objects.filter(slug=slug).first()
    if version is None and slug.startswith(PUBLISHED_START):
        raise Conflict(f"The name {slug} is that of published data: give yours another name.")
    if version is None:
        return
    if "layout" in version.manifest:
        raise Conflict(f"The dataset version {slug} was published: give yours another name.")
    others = Tile.objects.filter(dataset_version=version).exclude(region__owner=user)
    if not user.has_role(Role.ADMIN) and others.exists():
        raise PermissionDenied(f"The dataset version {slug} holds tiles of other people: give yours another name.")


def record_processed_tiles(
    *, region: Region, job: Job, spec: RegionSpec, found: RegionResult, table: Path
) -> tuple[Mapping[str, int], list[str]]:
    """Load the tiles; return counts and notes. Tiles of an earlier processing that are no more are marked
    invalid, since splits may hold them.

    Raises:
        Conflict: an id is taken by a tile of another region in the same dataset version, or a tile that something
            refers to would have another place or none on the grid.
    """
    slug = job.params.get("dataset_version", spec.slug)
    check_may_extend(slug=slug, user=job.owner)
    version = _version(slug, region=region, spec=spec, found=found)
    revision = _revision(version, found, spec.tiles.label_threshold)
    rows = list(_tile_rows(table, region=region, spec=spec, found=found))
    ids = [row.patch_id for row in rows]
    taken = Tile.objects.filter(dataset_version=version, patch_id__in=ids).exclude(region=region).first()
    if taken:
        raise Conflict(
            f"{taken.patch_id} is a tile of {taken.region} in {slug} already: give this region a tile prefix."
        )
    counts = load_tiles(rows, version=version, revision=revision)
    here = Tile.objects.filter(dataset_version=version, region=region)
    gone = here.filter(valid=True).exclude(patch_id__in=ids).update(valid=False, validity_note=LEFT_OUT)
    here.filter(valid=False, validity_note=LEFT_OUT, patch_id__in=ids).update(valid=True, validity_note="")
    off = place_tiles(region=region)
    notes = notes_of_changed_labels(revision, tiles=counts.labels_updated)
    return {**counts.as_data(), "tiles_left_out": gone, "tiles_off_the_grid": off}, notes


def _version(slug: str, *, region: Region, spec: RegionSpec, found: RegionResult) -> DatasetVersion:
    """Return the dataset version, locked, with this region's part of the manifest."""
    version, _ = DatasetVersion.objects.select_for_update().get_or_create(
        slug=slug, defaults={"title": spec.name if slug == spec.slug else slug, "made": spec.made}
    )
    parts = {**version.manifest.get("regions", {}), region.slug: found.tiles.sha256}
    version.manifest = {**version.manifest, "regions": parts}
    version.save(update_fields=["manifest"])
    return version


def _revision(version: DatasetVersion, found: RegionResult, threshold: float) -> LabelRevision | None:
    if not found.classes:
        return None
    regions = version.manifest["regions"]
    checksum = checksum_of([regions, threshold] if threshold else regions)
    return ensure_revision(version=version, classes=found.classes, checksum=checksum, threshold=threshold)


def _tile_rows(table: Path, *, region: Region, spec: RegionSpec, found: RegionResult) -> Iterator[TileRow]:
    pixel, side = found.grid.pixel_size, found.grid.pixel_size * spec.tiles.size
    with table.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            col, line = int(row["col"]), int(row["row"])
            left, top = found.grid.origin_x + col * pixel, found.grid.origin_y - line * pixel
            areas, by_mask = (_shares(row, found.classes, before) for before in ("", MASK_COLUMN))
            yield TileRow(
                region=region,
                patch_id=row["patch_id"],
                number=int(row["patch_id"].rpartition("_")[2]),
                bounds=(left, top - side, left + side, top),
                window=(col, line),
                areas=areas,
                mask_areas=by_mask,
                present=present_classes(areas or (), spec.tiles.label_threshold),
                size=spec.tiles.size,
            )


def _shares(row: Mapping[str, str], classes: Sequence[str], before: str) -> tuple[float, ...] | None:
    return tuple(float(row[f"{before}{symbol}"]) for symbol in classes) if classes else None
