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


@dataclass(frozen=True)
class Flaws:
    """Flaws of one kind in a map: how many, the area of all, and where the largest ten lie, in the region's CRS."""

    count: int
    area: float
    largest: tuple[Point, ...]


@dataclass(frozen=True)
class MapReport:
    """What was found in the polygons of a source map, areas in square units of the CRS.

    `repaired` is how many were invalid, and how much their area changed; `slivers` are pieces of less than a pixel, or
    on average narrower than half of one; `gaps` are holes of less than 256 pixels that no polygon covers, those
    narrower than a thousandth of a pixel left out.
    """

    polygons: int
    repaired: Flaws
    slivers: Flaws
    gaps: Flaws


@dataclass(frozen=True)
class AreaDifference:
    """The share of one class in one tile by its polygons and by the pixels of the mask."""

    tile: str
    symbol: str
    polygons: float
    pixels: float


@dataclass(frozen=True)
class AreaDifferences:
    """How many tiles have a class whose two shares differ by more than 1 % of the tile, and the largest ten."""

    tiles: int
    largest: tuple[AreaDifference, ...]


@dataclass(frozen=True)
class Quality:
    """What deserves a look: `warnings` are sentences about what is likely wrong."""

    warnings: tuple[str, ...] = ()
    seams: tuple[Seam, ...] = ()
    map: MapReport | None = None
    areas: AreaDifferences | None = None
