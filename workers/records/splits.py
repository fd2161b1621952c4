"""A partition of tiles into subsets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workers.records.regions import ChannelStatistics

Subset = Literal["train", "val", "test_id", "test_cd"]
SUBSETS: tuple[str, ...] = ("train", "val", "test_id", "test_cd")


@dataclass(frozen=True)
class MakeSplit:
    """The paper's random, spatially independent split.

    `tiles` is a CSV in the job's folder with the columns tile (database id), patch_id, domain (`in` or `cross`), left,
    bottom, right, top and crs (the code of the CRS that they are given in: tiles of neighbouring regions of one CRS
    can overlap); rows stand in the order that the random choice runs over.
    """

    tiles: str
    seed: int
    test_size: int
    val_size: int
    cross_size: int


@dataclass(frozen=True)
class SplitResult:
    """`members` is a CSV with the columns tile and subset; `dropped` counts the tiles left out because they overlap a
    chosen one.
    """

    members: str
    checksum: str
    sizes: dict[str, int]
    dropped: int


@dataclass(frozen=True)
class MeasureSubset:
    """What the child process of `measure-subset` is told.

    `tiles` is a CSV in the job's folder with the columns region, col, row and size (of the tile's window on the
    region's grid, in pixels); `rasters` gives for each channel the path of its analysis raster in each region.
    """

    tiles: str
    rasters: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class SubsetResult:
    """The statistics of each channel over `tiles` tiles; a pixel counts once in each tile that holds it."""

    tiles: int
    channels: Mapping[str, ChannelStatistics]
