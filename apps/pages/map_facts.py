"""What the map viewer is told at the start: regions with their channels, map units, splits, runs with predictions."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models import Extent
from django.contrib.gis.geos import Polygon
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Prefetch

from apps.accounts.models import User
from apps.annotations.models import Annotation, MapUnit
from apps.experiments.models import Evaluation, Run, TilePrediction
from apps.regions.models import WEB_MERCATOR, Region, RegionRaster, in_order
from apps.splits.models import Split
from apps.splits.naming import with_sources
from apps.tiles.models import Tile
from workers.records.channels import COMPOSITES

LATITUDE_LONGITUDE = 4326
MOST_RUNS = 200
EXTENT_SECONDS = 60


def map_facts(user: User | AnonymousUser) -> dict[str, Any]:
    return {
        "regions": region_facts(user),
        "units": list(MapUnit.objects.values("symbol", "name", "colour")),
        "splits": split_facts(user),
        "runs": run_facts(user),
    }


def region_facts(user: User | AnonymousUser) -> list[dict[str, Any]]:
    rasters = RegionRaster.objects.select_related("channel").only("region", "channel")
    drawn = Annotation.objects.filter(region=OuterRef("pk"))
    regions = Region.objects.visible_to(user).annotate(has_units=Exists(drawn)).defer("notes")
    regions = regions.prefetch_related(Prefetch("rasters", rasters)).order_by("area", "name")
    return [_region(region) for region in regions]


def _region(region: Any) -> dict[str, Any]:
    rasters = in_order(region.rasters.all())
    return {
        "slug": region.slug,
        "name": region.name,
        "area": region.area,
        "made": region.origin == Region.Origin.MADE,
        "bounds": bounds_of(region),
        "hasUnits": region.has_units,
        "channels": [_channel(raster) for raster in rasters] + _composites([raster.channel for raster in rasters]),
    }


def _channel(raster: RegionRaster) -> dict[str, str]:
    channel = raster.channel
    return {"name": channel.name, "title": raster.wording.title, "modality": channel.modality}


def _composites(channels: list[Any]) -> list[dict[str, str]]:
    names = {channel.name for channel in channels}
    return [
        {"name": name, "title": title, "modality": "aerial"}
        for name, (title, bands) in COMPOSITES.items()
        if names.issuperset(bands)
    ]


def bounds_of(region: Region) -> list[float] | None:
    """West, south, east, north in degrees: of the boundary, or of the tiles of a region that came without one."""
    if region.boundary:
        return _degrees(region.boundary.extent)
    key = f"region-extent-{region.pk}-{region.updated_at.timestamp()}"
    extent = cache.get(key)
    if extent is None:
        extent = Tile.objects.filter(region=region).aggregate(extent=Extent("footprint"))["extent"] or ()
        cache.set(key, extent, EXTENT_SECONDS)
    return _degrees(extent) if extent else None


def _degrees(extent: tuple[float, float, float, float]) -> list[float]:
    box = Polygon.from_bbox(extent)
    box.srid = WEB_MERCATOR
    box.transform(LATITUDE_LONGITUDE)
    return [round(value, 6) for value in box.extent]


def split_facts(user: User | AnonymousUser) -> list[dict[str, Any]]:
    splits = with_sources(Split.objects.visible_to(user), user).select_related("dataset_version")
    return [
        {"id": s.pk, "name": s.name, "version": s.version_name or "", "made": s.dataset_version.made} for s in splits
    ]


def run_facts(user: User | AnonymousUser) -> list[dict[str, Any]]:
    """Runs whose predictions are stored tile by tile; published runs came without."""
    said = Exists(TilePrediction.objects.filter(evaluation=OuterRef("pk")))
    evaluated = Exists(Evaluation.objects.visible_to(user).filter(said, run=OuterRef("pk")))
    runs = Run.objects.visible_to(user).filter(evaluated).only("pk", "name", "made")[:MOST_RUNS]
    return [{"id": run.pk, "name": run.name, "made": run.made} for run in runs]
