"""Regions of one run that measure differently: a network takes their channels for the same."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from apps.regions.models import RegionRaster, in_order
from apps.splits.models import Split, SplitMember

Spell = Callable[[RegionRaster], str]


def mixed_scales(splits: Collection[Split], channels: Collection[str]) -> list[str]:
    """Say, a sentence each, where pixels or units of channels differ between the regions of some splits."""
    members = SplitMember.objects.filter(split__in=splits, tile__col__isnull=False)
    rasters = RegionRaster.objects.filter(region__in=members.values("tile__region"), channel__name__in=channels)
    by_channel: dict[str, list[RegionRaster]] = {}
    for raster in in_order(rasters.select_related("region", "channel").order_by("region__slug")):
        by_channel.setdefault(raster.channel.name, []).append(raster)
    every = [raster for found in by_channel.values() for raster in found]
    found = [
        _differing(every, lambda raster: raster.region.pixel_in_words, "Pixels are {}: the network takes them alike.")
    ]
    found += [
        _differing(rasters, lambda raster: raster.wording.unit, f"{name} is in {{}}: the network takes them alike.")
        for name, rasters in by_channel.items()
    ]
    return [sentence for sentence in found if sentence]


def _differing(rasters: Iterable[RegionRaster], spell: Spell, sentence: str) -> str:
    """Return the sentence with what the regions have, each with its regions; empty where all have the same."""
    regions: dict[str, dict[str, None]] = {}
    for raster in rasters:
        regions.setdefault(spell(raster), {})[raster.region.slug] = None
    said = "; ".join(f"{words} in {', '.join(slugs)}" for words, slugs in regions.items())
    return sentence.format(said) if len(regions) > 1 else ""


def as_result(warnings: list[str]) -> dict[str, Any]:
    """What a job's result says of it: nothing where there is nothing to warn of."""
    return {"warnings": warnings} if warnings else {}
