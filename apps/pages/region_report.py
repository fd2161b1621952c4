"""What a region is made of and how good its channels are: ranges, gaps, and the published statistics beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count

from apps.accounts.models import User
from apps.regions.models import Channel, Region, RegionRaster, in_order
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import ChannelNorm
from workers.records.codec import from_data
from workers.records.quality import Quality, Seam
from workers.records.wording import Wording

PUBLISHED_REGION = "warren"  # the one that the published networks learnt from
PUBLISHED_PIXEL = "5 ft"
MOSTLY_VALID = 0.999
HISTOGRAM_HEIGHT = 20
MOST_SEAMS = 20
MOST_NAMED = 3
LEAST_USUAL = 0.01


@dataclass(frozen=True)
class Published:
    """Mean and standard deviation of a channel over published tiles."""

    mean: float
    std: float


@dataclass(frozen=True)
class ChannelReport:
    """One channel of a region; `shift` is how many published standard deviations its mean lies from the published."""

    channel: Channel
    wording: Wording
    statistics: Mapping[str, Any]
    size: int
    published: Published | None

    @property
    def valid_share(self) -> float | None:
        pixels = self.statistics["valid_pixels"] + self.statistics["nodata_pixels"]
        return self.statistics["valid_pixels"] / pixels if pixels else None

    @property
    def has_range(self) -> bool:
        return self.channel.kind != "class" and self.statistics["minimum"] is not None

    @property
    def low(self) -> float | None:
        return _percentile(self.statistics, "2")

    @property
    def median(self) -> float | None:
        return _percentile(self.statistics, "50")

    @property
    def high(self) -> float | None:
        return _percentile(self.statistics, "98")

    @property
    def shift(self) -> float | None:
        mean = self.statistics["mean"]
        if self.published is None or mean is None or not self.published.std:
            return None
        return float((mean - self.published.mean) / self.published.std)

    @property
    def outline(self) -> str:
        """The histogram as the path of a drawing `HISTOGRAM_HEIGHT` high and one wide for each bin; empty without."""
        counts: Sequence[int] = self.statistics["histogram"]
        if not counts or not max(counts):
            return ""
        tops = [HISTOGRAM_HEIGHT * (1 - count / max(counts)) for count in counts]
        steps = " ".join(f"V{top:.1f}H{place}" for place, top in enumerate(tops, start=1))
        return f"M0 {HISTOGRAM_HEIGHT} {steps} V{HISTOGRAM_HEIGHT}Z"


def _percentile(statistics: Mapping[str, Any], rank: str) -> float | None:
    value: float | None = statistics["percentiles"].get(rank)
    return value


def channel_reports(region: Region, user: User | AnonymousUser) -> list[ChannelReport]:
    rasters: Iterable[RegionRaster] = region.rasters.select_related("channel")
    published = _published(user)
    return [
        ChannelReport(
            raster.channel,
            raster.wording,
            raster.statistics,
            raster.size,
            published.get(raster.channel.name) if _is_comparable(raster) else None,
        )
        for raster in in_order(rasters)
    ]


def _is_comparable(raster: RegionRaster) -> bool:
    """Elevations in another unit, and what is measured in pixels of another size, are not what was published."""
    channel = raster.channel
    if channel.window is not None and raster.region.pixel_in_words != PUBLISHED_PIXEL:
        return False
    return raster.wording == Wording(channel.title, channel.unit)


def _published(user: User | AnonymousUser) -> dict[str, Published]:
    """By channel, of the newest dataset version that the user may see."""
    norms = ChannelNorm.objects.filter(region__slug=PUBLISHED_REGION, region__in=Region.objects.visible_to(user))
    rows = norms.order_by("dataset_version").values_list("channel_name", "mean", "std")
    return {name: Published(mean, std) for name, mean, std in rows}


def findings(reports: Sequence[ChannelReport]) -> list[str]:
    """What deserves a look, a sentence each; channels of which the same is to be said share one."""
    found: dict[str, list[str]] = {}
    for report in reports:
        if sentence := _finding(report):
            found.setdefault(sentence, []).append(report.wording.title)
    return [f"{_some(titles)}: {sentence}" for sentence, titles in found.items()]


def _finding(report: ChannelReport) -> str | None:
    share = report.valid_share
    if not report.statistics["valid_pixels"]:
        return "no pixel has a value."
    if share is not None and share < MOSTLY_VALID and report.channel.kind != "class":
        return f"{100 * (1 - share):.1f} % of the grid has no value."
    if report.has_range and report.statistics["minimum"] == report.statistics["maximum"]:
        return f"every pixel has the value {report.statistics['minimum']:g}."
    return None


def _some(titles: Sequence[str]) -> str:
    more = len(titles) - MOST_NAMED
    return "; ".join(titles[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def quality_of(region: Region) -> Quality:
    """What processing found; a region that was processed before it was looked for, or imported, has none of it."""
    return from_data(Quality, region.quality)


def worst_seams(quality: Quality) -> list[Seam]:
    """The seams that stand out most from what is usual beside them, gaps by their share."""
    return sorted(quality.seams, key=lambda seam: -abs(seam.size) / max(seam.usual, LEAST_USUAL))[:MOST_SEAMS]


def tile_counts(region: Region, user: User | AnonymousUser) -> list[tuple[str, int]]:
    """Tiles of the region by dataset version."""
    tiles = region.tiles.filter(dataset_version__in=versions_visible_to(user)).order_by()
    return sorted(tiles.values_list("dataset_version__slug").annotate(count=Count("pk")))
