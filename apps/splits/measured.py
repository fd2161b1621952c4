"""What the statistics of a subset are of, and whether that is still there."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.regions.models import Region, RegionRaster
from apps.splits.models import Split, SplitMember, SubsetStatistics
from workers.files import checksum_of


def measured_members(split: Split, subset: str) -> QuerySet[SplitMember]:
    """Valid tiles with a place on the grid, by region and number."""
    members = SplitMember.objects.filter(split=split, subset=subset, tile__valid=True, tile__col__isnull=False)
    return members.order_by("tile__region__slug", "tile__number", "tile_id")


def measured_regions(split: Split, subset: str) -> QuerySet[Region]:
    return Region.objects.filter(pk__in=measured_members(split, subset).order_by().values("tile__region"))


def raster_checksums(split: Split, subset: str) -> dict[str, str]:
    """By channel, what stands for the content of its rasters in all regions of a subset."""
    rasters = RegionRaster.objects.filter(region__in=measured_regions(split, subset)).order_by("region__slug")
    found: dict[str, list[tuple[str, str]]] = {}
    for channel, region, sha256 in rasters.values_list("channel__name", "region__slug", "sha256"):
        found.setdefault(channel, []).append((region, sha256))
    return {channel: checksum_of(regions) for channel, regions in found.items()}


def outdated_channels(split: Split, subset: str, rows: Iterable[SubsetStatistics]) -> list[str]:
    """Return the channels whose rasters, or the number of whose tiles, are others than when they were measured."""
    now, tiles = raster_checksums(split, subset), measured_members(split, subset).count()
    return [row.channel.name for row in rows if row.rasters != now.get(row.channel.name) or row.tiles != tiles]
