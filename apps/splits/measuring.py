"""The kind `measure-subset`: statistics of the channels over the tiles of one subset of a split."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from rest_framework import serializers

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.regions.models import Channel, RegionRaster
from apps.splits.exporting import ChannelNames
from apps.splits.measured import measured_members, measured_regions, raster_checksums
from apps.splits.models import Split, SplitMember, Subset, SubsetStatistics
from workers.errors import InvalidInput
from workers.files import write_text
from workers.records.codec import from_data, to_data
from workers.records.splits import MeasureSubset, SubsetResult

TILES = "tiles.csv"
RASTERS = "rasters.json"
HEAD = ("region", "col", "row", "size")

Rasters = dict[str, dict[str, str]]


class MeasureSubsetParameters(serializers.Serializer[Any]):
    split = serializers.CharField(max_length=80)
    subset = serializers.ChoiceField(Subset.choices, default=Subset.TRAIN)
    channels = ChannelNames(required=False, default=list, help_text="Without any, all that every region of it has.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the channels, so that the job means the same when it runs."""
        split = _split(attrs, self.context["user"])
        return attrs | {"channels": list(_rasters(split, attrs))}


def _split(params: Mapping[str, Any], user: User) -> Split:
    split = Split.objects.visible_to(user).filter(name=params["split"]).first()
    if split is None:
        raise InvalidInput(f"split: there is no split {params['split']} that you may see.")
    return split


def _rasters(split: Split, params: Mapping[str, Any]) -> Rasters:
    """Paths by channel and region, channels in the order of the catalogue."""
    slugs = sorted(measured_regions(split, params["subset"]).values_list("slug", flat=True))
    if not slugs:
        raise InvalidInput(f"subset: {split} has no tile with a place on a raster in {params['subset']}.")
    root = Path(settings.EARTHSCAPE_STORE).resolve()
    known = RegionRaster.objects.filter(region__slug__in=slugs).exclude(channel__kind="class")
    found: Rasters = {}
    for raster in known.select_related("channel", "region").order_by("channel__position", "channel__name"):
        found.setdefault(raster.channel.name, {})[raster.region.slug] = str(root / raster.path)
    wanted = params["channels"] or [name for name, paths in found.items() if len(paths) == len(slugs)]
    for name in wanted:
        if missing := [slug for slug in slugs if slug not in found.get(name, {})]:
            raise InvalidInput(f"channels: region {missing[0]} has no channel {name} to be measured.")
    if not wanted:
        raise InvalidInput(f"channels: there is none that all regions of it have: {', '.join(slugs)}.")
    return {name: found[name] for name in wanted}


def prepare_subset(job: Job, folder: Path) -> dict[str, Any]:
    """Write the windows of the subset's tiles and what stands for the rasters, and say where these are."""
    split = _split(job.params, job.owner)
    write_text(folder / RASTERS, json.dumps(raster_checksums(split, job.params["subset"])))
    rasters = _rasters(split, job.params)
    columns = ("tile__region__slug", "tile__col", "tile__row", "tile__size")
    with (folder / TILES).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEAD)
        writer.writerows(measured_members(split, job.params["subset"]).values_list(*columns))
    spec: dict[str, Any] = to_data(MeasureSubset(TILES, rasters))
    return spec


@transaction.atomic
def record_subset(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store the statistics in place of those that the same channels of the subset had."""
    found = from_data(SubsetResult, result)
    split, subset = _split(job.params, job.owner), job.params["subset"]
    channels = {channel.name: channel for channel in Channel.objects.filter(name__in=found.channels)}
    about = {"split": split, "subset": subset, "tiles": found.tiles, "job": job}
    rasters = json.loads((folder / RASTERS).read_text(encoding="utf-8"))
    SubsetStatistics.objects.bulk_create(
        [
            SubsetStatistics(channel=channels[name], statistics=to_data(statistics), rasters=rasters[name], **about)
            for name, statistics in found.channels.items()
        ],
        update_conflicts=True,
        unique_fields=["split", "subset", "channel"],
        update_fields=["tiles", "statistics", "rasters", "job"],
    )
    left_out = SplitMember.objects.filter(split=split, subset=subset).count() - found.tiles
    about_tiles = {"tiles": found.tiles, "tiles_left_out": left_out}
    return {
        "split_id": split.pk,
        "split": split.name,
        "subset": subset,
        "channels": list(found.channels),
        **about_tiles,
    }
