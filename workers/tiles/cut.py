"""Where tiles lie on a grid, in the order in which they are numbered."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from workers.errors import InvalidInput
from workers.records.grids import Grid, Window
from workers.records.regions import TileSpec

Bounds = tuple[float, float, float, float]

_EXACT = 1e-6  # of a pixel


@dataclass(frozen=True)
class Tile:
    """A tile with its published kind of id and its window on the grid."""

    patch_id: str
    window: Window


def candidates(grid: Grid, spec: TileSpec, within: Bounds) -> list[Window]:
    """Return the windows of all tiles that fit into `within` (CRS units) and the grid: columns from west to east, in
    each from south to north.

    The first tile stands in the lower left corner of `within`, on the first whole pixel.

    Raises:
        InvalidInput: a size or step that is not a positive number of pixels.
    """
    if spec.size < 1 or spec.step < 1:
        raise InvalidInput(f"tiles: size {spec.size} and step {spec.step} must be 1 pixel or more")
    first_col, last_col, first_row, last_row = _pixels_within(grid, within)
    lefts = range(first_col, last_col - spec.size + 1, spec.step)
    tops = range(last_row - spec.size, first_row - 1, -spec.step)
    return [Window(left, top, spec.size, spec.size) for left in lefts for top in tops]


def _pixels_within(grid: Grid, bounds: Bounds) -> tuple[int, int, int, int]:
    size = grid.pixel_size
    first_col = max(0, math.ceil((bounds[0] - grid.origin_x) / size - _EXACT))
    last_col = min(grid.width, math.floor((bounds[2] - grid.origin_x) / size + _EXACT))
    first_row = max(0, math.ceil((grid.origin_y - bounds[3]) / size - _EXACT))
    last_row = min(grid.height, math.floor((grid.origin_y - bounds[1]) / size + _EXACT))
    return first_col, last_col, first_row, last_row


def footprints(grid: Grid, windows: Sequence[Window]) -> NDArray[np.object_]:
    """Return the squares of windows as polygons in CRS units, shape (n,)."""
    size = grid.pixel_size
    lefts = np.array([grid.origin_x + window.col * size for window in windows])
    tops = np.array([grid.origin_y - window.row * size for window in windows])
    widths = np.array([window.width * size for window in windows])
    heights = np.array([window.height * size for window in windows])
    squares: NDArray[np.object_] = shapely.box(lefts, tops - heights, lefts + widths, tops)
    return squares


def number_tiles(windows: Iterable[Window], spec: TileSpec) -> tuple[Tile, ...]:
    """Return tiles named `{prefix}{size}_{overlap in percent}_{N}`, N from 1 in the order given."""
    overlap = max(0, round(100 * (1 - spec.step / spec.size)))
    stem = f"{spec.prefix}{spec.size}_{overlap}"
    return tuple(Tile(f"{stem}_{number}", window) for number, window in enumerate(windows, start=1))
