"""What processing leaves behind, into the tables of a region: the grid, rasters and sources."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings

from apps.accounts.models import Role, User
from apps.jobs.models import Job
from apps.regions.models import Channel, Region, RegionRaster, Source
from apps.regions.projection import web_multipolygon
from workers.errors import Conflict, PermissionDenied
from workers.records.channels import ChannelInfo, extra_channel
from workers.records.codec import to_data
from workers.records.datasets import REGIONS, PublishedRegion
from workers.records.grids import Grid
from workers.records.regions import ChannelRaster, RegionResult, RegionSpec

PUBLISHED = frozenset(region.slug for region in REGIONS)


def check_may_process(*, slug: str, user: User) -> None:
    """Refuse a slug that belongs to somebody else.

    Raises:
        Conflict: the name is taken by a region that the user may not see, or kept for a published one.
        PermissionDenied: by one that the user may see but does not own.
    """
    if user.has_role(Role.ADMIN):
        return
    region = Region.objects.filter(slug=slug).first()
    if region is None and slug in PUBLISHED:
        raise Conflict(f"The name {slug} is that of a published region: give yours another name.")
    if region is None or region.owner_id == user.pk:
        return
    if Region.objects.visible_to(user).filter(pk=region.pk).exists():
        raise PermissionDenied(f"The region {slug} is somebody else's: give yours another name.")
    raise Conflict(f"The name {slug} is taken: give the region another one.")


def stored_crs(slug: str) -> str | None:
    """Return the CRS that a region has so far, locked, or None if there is no such region."""
    return Region.objects.select_for_update().filter(slug=slug).values_list("crs", flat=True).first()


def record_region_row(
    *, job: Job, spec: RegionSpec, found: RegionResult, visibility: str | None, boundary: shapely.Geometry
) -> Region:
    """Make or change the region's row; a new one belongs to the owner of the job."""
    check_may_process(slug=spec.slug, user=job.owner)
    region = Region.objects.select_for_update().filter(slug=spec.slug).first() or Region(
        slug=spec.slug, owner=job.owner
    )
    region.name, region.area, region.crs = spec.name, spec.area, found.grid.crs
    region.origin = Region.Origin.MADE if spec.made else Region.Origin.PROCESSED
    region.visibility = visibility or region.visibility
    region.origin_x, region.origin_y = found.grid.origin_x, found.grid.origin_y
    region.pixel_size, region.width, region.height = found.grid.pixel_size, found.grid.width, found.grid.height
    region.boundary = web_multipolygon(boundary, crs=found.grid.crs)
    region.notes, region.quality, region.job = list(found.notes), to_data(found.quality), job
    region.save()
    return region


def record_rebuilt_region(
    *, job: Job, slug: str, part: PublishedRegion, made: bool, visibility: str | None, grid: Grid
) -> Region:
    """Make or change the row of a region that comes from somebody's folder of tile files; its owner is that of the
    job.
    """
    check_may_process(slug=slug, user=job.owner)
    region = Region.objects.select_for_update().filter(slug=slug).first() or Region(slug=slug, owner=job.owner)
    region.name, region.area, region.crs = part.name, part.area, grid.crs
    region.origin = Region.Origin.MADE if made else Region.Origin.PROCESSED
    region.visibility = visibility or region.visibility
    settle_on(region=region, grid=grid, job=job)
    return region


def settle_on(*, region: Region, grid: Grid, job: Job) -> None:
    """Give a region the grid of the rasters that it is about to get."""
    region.origin_x, region.origin_y, region.pixel_size = grid.origin_x, grid.origin_y, grid.pixel_size
    region.width, region.height, region.job = grid.width, grid.height, job
    region.quality = {}  # what was found in other rasters says nothing about these
    region.save()


def record_rasters(*, region: Region, job: Job, folder: Path, rasters: Sequence[ChannelRaster]) -> int:
    """Let the rasters of this job be those of the region; return how many there are."""
    inside = folder.resolve().relative_to(Path(settings.EARTHSCAPE_STORE).resolve())
    channels = _channels([raster.channel for raster in rasters])
    rows = [
        RegionRaster(region=region, channel=channels[raster.channel], job=job, **_raster_values(raster, inside))
        for raster in rasters
    ]
    region.rasters.exclude(channel__in=channels.values()).delete()
    RegionRaster.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["region", "channel"],
        update_fields=["job", *_raster_values(rasters[0], inside)] if rasters else None,
    )
    return len(rows)


def _raster_values(raster: ChannelRaster, inside: Path) -> dict[str, Any]:
    low, high = raster.display_range
    return {
        "path": (inside / raster.analysis.path).as_posix(),
        "sha256": raster.analysis.sha256,
        "size": raster.analysis.size,
        "display_path": (inside / raster.display.path).as_posix(),
        "display_sha256": raster.display.sha256,
        "display_size": raster.display.size,
        "dtype": raster.dtype,
        "nodata": raster.nodata,
        "display_low": low,
        "display_high": high,
        "statistics": _plain(raster),
    }


def _plain(raster: ChannelRaster) -> dict[str, Any]:
    statistics = dict(vars(raster.statistics))
    return statistics | {"percentiles": dict(statistics["percentiles"]), "histogram": list(statistics["histogram"])}


def _channels(names: Sequence[str]) -> dict[str, Channel]:
    """Return the channels of these names; one that the catalogue lacks is added to it."""
    known = Channel.objects.in_bulk(names, field_name="name")
    for name in names:
        if name not in known:
            known[name] = Channel.objects.create(**vars(extra_channel(name) or _unknown(name)))
    return known


def _unknown(name: str) -> ChannelInfo:
    longest = Channel._meta.get_field("modality").max_length
    return ChannelInfo(name, name.partition("_")[0][:longest], name, "", "continuous", "")


def record_sources(*, region: Region, sources: Sequence[Mapping[str, Any]]) -> None:
    """Let these files stand as what the region was made from."""
    region.sources.all().delete()
    Source.objects.bulk_create(Source(region=region, **source) for source in sources)
