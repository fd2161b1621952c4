"""What quality control finds in a region's channels."""

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]


@dataclass(frozen=True)
class Seam:
    """The edge of a source file that shows in a channel, from `start` to `end` in the region's CRS.

    A `step` is how much the values behind the edge lie above what those before it lead to expect, a `line` how much the
    values on the edge differ from those on both sides, both the median along the edge in the channel's unit; `usual` is
    the largest such median of parallel lines near by. A `gap` is the share of the edge where values are missing between
    valid ones; nothing is usual there.
    """

    channel: str
    file: str
    kind: Literal["step", "line", "gap"]
    size: float
    usual: float
    start: Point
    end: Point
