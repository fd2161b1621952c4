"""Statistics of the subsets of a split: for its page, and as the table that is published beside tile files."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from apps.splits.measured import outdated_channels
from apps.splits.models import Split, Subset, SubsetStatistics

_RANKS = ("1", "2", "25", "50", "75", "98", "99")
STATISTICS_HEAD = ("path", "mean", "std", "minimum", "maximum", *(f"p{rank}" for rank in _RANKS), "pixels", "nodata")


@dataclass(frozen=True)
class MeasuredSubset:
    subset: str
    title: str
    rows: tuple[SubsetStatistics, ...]
    outdated: tuple[str, ...]

    @property
    def tiles(self) -> int:
        return max(row.tiles for row in self.rows)


def measured_subsets(split: Split) -> list[MeasuredSubset]:
    """The subsets that were measured, in the order of training, validation and tests."""
    rows = split.statistics.select_related("channel").order_by("subset", "channel__position", "channel__name")
    found = {subset: tuple(some) for subset, some in groupby(rows, key=lambda row: row.subset)}
    return [
        MeasuredSubset(value, str(label), found[value], tuple(outdated_channels(split, value, found[value])))
        for value, label in Subset.choices
        if value in found
    ]


def statistics_rows(split: Split, subset: str) -> list[tuple[Any, ...]]:
    """The rows of the file, a channel each: the columns of a published one first, then those that it lacks."""
    rows = split.statistics.filter(subset=subset).select_related("channel")
    return [_row(row.channel.name, row.statistics) for row in rows.order_by("channel__position", "channel__name")]


def _row(channel: str, found: dict[str, Any]) -> tuple[Any, ...]:
    spread = (found[name] for name in ("mean", "std", "minimum", "maximum"))
    percentiles = (found["percentiles"].get(rank) for rank in _RANKS)
    return (f"{channel}.tif", *spread, *percentiles, found["valid_pixels"], found["nodata_pixels"])
