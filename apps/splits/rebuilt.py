"""Regions rebuilt from tile files, into the tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import Visibility
from apps.jobs.models import Job
from apps.regions.grids import union_of
from apps.regions.models import Region
from apps.regions.recording import record_rasters, record_rebuilt_region, record_sources, settle_on, stored_crs
from apps.regions.services import ensure_published_region
from apps.splits.imported import TileReader, bounds_of, record_norms, record_subsets, rows_of
from apps.splits.importing import CITATION, LICENCE
from apps.splits.models import Split
from apps.splits.targets import Target
from apps.tiles.footprints import outline
from apps.tiles.loading import load_tiles
from apps.tiles.models import DatasetVersion, LabelRevision, Tile
from apps.tiles.places import leave_crs
from apps.tiles.processed import LEFT_OUT
from apps.tiles.services import (
    cover_with_tiles,
    ensure_revision,
    ensure_version,
    make_room,
    notes_of_changed_labels,
    place_tiles,
)
from workers.errors import Conflict
from workers.files import checksum_of
from workers.records.datasets import REGIONS, PublishedRegion
from workers.records.tile_folders import RebuiltRegion, TilesResult

METHOD = "imported"
MOST_NAMED = 5


class Recording:
    """One import of tile files, within its transaction."""

    def __init__(self, job: Job, folder: Path, found: TilesResult, target: Target) -> None:
        self._job, self._folder, self._found, self._target = job, folder, found, target
        self._dataset = found.dataset
        self._table = folder / found.dataset.tiles.path
        self._rebuilt = {region.slug: region for region in found.rebuilt}
        self._parts = {part.slug: part for part in found.parts}
        self._version = self._ensure_version()

    def run(self) -> dict[str, Any]:
        slugs = [row.slug for row in self._dataset.regions if row.tiles]
        ids = [row["patch_id"] for row in rows_of(self._table)]
        self._check_tiles(ids, slugs)
        regions = {slug: self._region(self._parts[slug]) for slug in slugs}
        revision = self._ensure_revision(regions)
        sizes = {slug: self._parts[slug].tile_px for slug in slugs}
        reader = TileReader(self._table, regions, self._dataset.classes, sizes=sizes)
        counts = load_tiles(reader, version=self._version, revision=revision)
        left_out = [
            f"{region.slug}: {note}"
            for slug, region in regions.items()
            for note in self._finish(region, self._rebuilt.get(slug), ids)
        ]
        relabelled = notes_of_changed_labels(revision, tiles=counts.labels_updated)
        norms = record_norms(self._folder / self._dataset.norms.path, self._version, regions)
        members = self._record_split(list(regions.values())) if self._dataset.subsets else 0
        names = [region.slug for region in regions.values()]
        return {
            "dataset_version": self._version.slug,
            **({"region": names[0]} if len(names) == 1 else {}),
            "regions": names,
            "channels": {regions[region.slug].slug: len(region.channels) for region in self._found.rebuilt},
            "tiles": len(ids),
            "tile_files": sum(region.files for region in self._found.rebuilt),
            "subsets": dict(self._dataset.subsets),
            **counts.as_data(),
            "norms_changed": norms,
            "members_changed": members,
            "off_the_grid": reader.off_the_grid,
            "notes": self._notes(regions) + left_out + relabelled,
        }

    def _notes(self, regions: Mapping[str, Region]) -> list[str]:
        notes = list(self._dataset.notes)
        for rebuilt in self._found.rebuilt:
            notes += [f"{regions[rebuilt.slug].slug}: {note}" for note in rebuilt.notes]
        without = [region.slug for slug, region in regions.items() if slug not in self._rebuilt]
        return notes + [f"{slug}: no tile files, tables only" for slug in without]

    def _ensure_version(self) -> DatasetVersion:
        found, metadata = self._dataset, self._found.metadata
        slug = self._target.version(found.version)
        if not self._target.is_own:
            files = {source.path: source.sha256 for source in found.sources}
            manifest = {"layout": found.layout, "files": files, "notes": list(found.notes)}
            title = metadata.title if metadata else found.title
            described = {"title": title, "made": False, "licence": LICENCE, "citation": CITATION, "manifest": manifest}
            return ensure_version(slug=slug, defaults=described)
        title = metadata.title if metadata and metadata.dataset_version == slug else slug
        said = {
            "title": title,
            "made": metadata is not None and all(region.made for region in metadata.regions),
            "licence": metadata.licence[:60] if metadata else LICENCE,
            "citation": metadata.citation[:400] if metadata else CITATION,
        }
        version, _ = DatasetVersion.objects.select_for_update().get_or_create(slug=slug, defaults=said)
        return version

    def _ensure_revision(self, regions: Mapping[str, Region]) -> LabelRevision:
        checksum = self._dataset.label_checksum
        if self._target.is_own:
            parts = {region.slug: checksum for region in regions.values()}
            parts = {**self._version.manifest.get("regions", {}), **parts}
            self._version.manifest = {**self._version.manifest, "regions": parts}
            self._version.save(update_fields=["manifest"])
            checksum = checksum_of(parts)
        return ensure_revision(version=self._version, classes=self._dataset.classes, checksum=checksum)

    def _region(self, part: PublishedRegion) -> Region:
        rebuilt = self._rebuilt.get(part.slug)
        if self._target.is_own:
            grid = rebuilt.grid if rebuilt else None
            if grid is None:
                raise Conflict(f"The region {part.slug} has no tile files: a region of your own needs them.")
            slug, visibility = self._target.slugs[part.slug], self._job.params.get("visibility")
            before = stored_crs(slug)
            own = record_rebuilt_region(
                job=self._job, slug=slug, part=part, made=self._is_made(part), visibility=visibility, grid=grid
            )
            leave_crs(region=own, before=before, version=self._version.slug)
            return own
        region = ensure_published_region(published=next(row for row in REGIONS if row.slug == part.slug))
        if rebuilt:
            self._check_reach(region, rebuilt)
            settle_on(region=region, grid=rebuilt.grid, job=self._job)
        elif extent := union_of(
            b for row in rows_of(self._table) if row["region"] == part.slug and (b := bounds_of(row))
        ):
            make_room(region=region, extent=extent, pixel_size=part.pixel_size)
        return region

    def _is_made(self, part: PublishedRegion) -> bool:
        metadata = self._found.metadata
        return metadata is not None and any(region.slug == part.slug and region.made for region in metadata.regions)

    def _check_reach(self, region: Region, rebuilt: RebuiltRegion) -> None:
        """Rasters replace those before: refuse a folder that holds only a part of what is there, in tiles of any
        dataset version or in channels.

        Raises:
            Conflict: naming the region.
        """
        if not region.rasters.exists():
            return
        left, bottom, right, top = rebuilt.grid.bounds
        slack = rebuilt.grid.pixel_size
        placed = Tile.objects.filter(region=region, col__isnull=False)
        inside = placed.filter(
            bounds__0__gte=left - slack,
            bounds__1__gte=bottom - slack,
            bounds__2__lte=right + slack,
            bounds__3__lte=top + slack,
        )
        if outside := placed.count() - inside.count():
            raise Conflict(
                f"{outside} tiles of {region} lie outside of these tile files, which would replace its rasters: "
                "put the folders of all its parts into one and import that."
            )
        if lost := _lost_channels(region, rebuilt):
            raise Conflict(f"{region} has channels that these tile files lack, and would lose them: {_some(lost)}.")

    def _check_tiles(self, ids: list[str], slugs: list[str]) -> None:
        """Refuse ids that are tiles of another region in the same version."""
        names = [self._target.slugs[slug] for slug in slugs]
        taken = Tile.objects.filter(dataset_version=self._version, patch_id__in=ids).exclude(region__slug__in=names)
        if other := taken.first():
            raise Conflict(f"{other.patch_id} is a tile of {other.region} in {self._version} already.")

    def _finish(self, region: Region, rebuilt: RebuiltRegion | None, ids: list[str]) -> list[str]:
        """Give a region its place and rasters; return what it had before and these files leave out."""
        if rebuilt is None:
            cover_with_tiles(region=region)
            return []
        here = Tile.objects.filter(dataset_version=self._version, region=region)
        notes = [*self._leave_out_tiles(here, ids), *_channels_left_out(region, rebuilt)]
        squares = here.filter(patch_id__in=ids, bounds__isnull=False).values_list("bounds", flat=True)
        if known := [square for square in squares if square]:
            region.boundary = outline(known, crs=region.crs)
        region.notes = list(rebuilt.notes)
        region.save(update_fields=["boundary", "notes", "updated_at"])
        place_tiles(region=region)
        record_rasters(region=region, job=self._job, folder=self._folder / rebuilt.folder, rasters=rebuilt.channels)
        source = {"role": "tiles", "path": self._job.params["folder"][:500], "bands": []}
        record_sources(region=region, sources=[source | {"sha256": rebuilt.checksum, "size": rebuilt.bytes}])
        return notes

    def _leave_out_tiles(self, here: QuerySet[Tile], ids: list[str]) -> list[str]:
        """Mark the tiles of one's own region that the folder lacks as not valid, since splits may hold them."""
        if not self._target.is_own:
            return []
        gone = here.filter(valid=True).exclude(patch_id__in=ids).update(valid=False, validity_note=LEFT_OUT)
        here.filter(validity_note=LEFT_OUT, patch_id__in=ids).update(valid=True, validity_note="")
        return [f"tiles of {self._version.slug} that these files lack stay, as not valid: {gone}"] if gone else []

    def _record_split(self, regions: list[Region]) -> int:
        table, name = self._table, self._version.slug
        if not self._target.is_own:
            whose: dict[str, Any] = {"method": "published", "visibility": Visibility.PUBLIC}
            return record_subsets(table, self._version, regions, name=name, **whose)
        other = Split.objects.filter(name=name).exclude(owner=self._job.owner, method=METHOD)
        if other.exists():
            raise Conflict(f"There is a split {name} already: give the dataset version another name.")
        widest = min((Visibility(region.visibility) for region in regions), key=lambda value: value.openness)
        whose = {"method": METHOD, "visibility": widest, "owner": self._job.owner, "job": self._job}
        return record_subsets(table, self._version, regions, name=name, **whose)


def _lost_channels(region: Region, rebuilt: RebuiltRegion) -> list[str]:
    there = region.rasters.values_list("channel__name", flat=True)
    return sorted(set(there) - {raster.channel for raster in rebuilt.channels})


def _channels_left_out(region: Region, rebuilt: RebuiltRegion) -> list[str]:
    lost = _lost_channels(region, rebuilt)
    return [f"channels that it had and these files lack are gone: {_some(lost)}"] if lost else []


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
