"""Tiles and rasters of a split as a compute process reads them."""

import csv
from collections.abc import Collection, Sequence
from pathlib import Path

from django.conf import settings

from apps.accounts.models import User
from apps.regions.models import Region, RegionRaster
from apps.splits.models import Split, SplitMember
from apps.tiles.models import LabelRevision
from workers.errors import InvalidInput
from workers.records.learning import TileTable

TILES = "tiles.csv"
HEAD = ("tile", "subset", "region", "col", "row", "size")

Rasters = dict[str, dict[str, RegionRaster]]


def newest_revision(split: Split) -> LabelRevision:
    revision = split.dataset_version.label_revisions.order_by("-created_at", "-pk").first()
    if revision is None:
        raise InvalidInput(f"The dataset version {split.dataset_version} has no labels.")
    return revision


def regions_of(split: Split, user: User) -> list[Region]:
    """The regions that the split's tiles with a window lie in.

    Raises:
        InvalidInput: the user may not see one of them, or no tile has a window.
    """
    members = SplitMember.objects.filter(split=split, tile__col__isnull=False)
    regions = Region.objects.filter(pk__in=members.values("tile__region"))
    if not regions:
        raise InvalidInput(f"No tile of the split {split} has a place on a raster.")
    visible = Region.objects.visible_to(user).filter(pk__in=regions)
    if len(visible) < len(regions):
        raise InvalidInput(f"The split {split} holds tiles of a region that you may not see.")
    return list(visible.order_by("slug"))


def rasters_of(regions: Sequence[Region], channels: Sequence[str]) -> Rasters:
    """The rasters by region and channel.

    Raises:
        InvalidInput: a region lacks one of the channels; the message says which it has.
    """
    found: Rasters = {region.slug: {} for region in regions}
    for raster in RegionRaster.objects.filter(region__in=regions).select_related("region", "channel"):
        found[raster.region.slug][raster.channel.name] = raster
    for slug, present in found.items():
        if missing := [name for name in channels if name not in present]:
            has = f"it has {', '.join(present)}" if present else "it has no rasters: process it from its sources first"
            raise InvalidInput(f"channels: region {slug} has no channel {', '.join(missing)}; {has}")
    return {slug: {name: present[name] for name in channels} for slug, present in found.items()}


def write_table(
    folder: Path, *, split: Split, revision: LabelRevision, rasters: Rasters, subsets: Collection[str]
) -> TileTable:
    """Write the valid tiles that have a window and labels, by region and number, and return the table's description."""
    members = SplitMember.objects.filter(
        split=split,
        subset__in=subsets,
        tile__valid=True,
        tile__col__isnull=False,
        tile__labels__label_revision=revision,
    )
    rows = members.order_by("tile__region__slug", "tile__number", "tile_id").values_list(
        "tile_id", "subset", "tile__region__slug", "tile__col", "tile__row", "tile__size", "tile__labels__areas"
    )
    with (folder / TILES).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow((*HEAD, *revision.classes))
        writer.writerows((*place, *areas) for *place, areas in rows.iterator(chunk_size=5000))
    return TileTable(TILES, tuple(revision.classes), absolute_paths(rasters))


def absolute_paths(rasters: Rasters) -> dict[str, dict[str, str]]:
    root = Path(settings.EARTHSCAPE_STORE).resolve()
    return {
        slug: {name: str(root / raster.path) for name, raster in channels.items()} for slug, channels in rasters.items()
    }
