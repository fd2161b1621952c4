"""How tiles lie on a region's grid, and how the grid of a region without rasters grows to hold new ones."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from workers.records.grids import TOLERANCE_PX, Grid

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class GrownGrid:
    """A grid, and by how many pixels its origin moved left and up."""

    grid: Grid
    left: int
    up: int


def union_of(bounds: Iterable[Bounds]) -> Bounds | None:
    lefts, bottoms, rights, tops = zip(*bounds, strict=True) if (bounds := list(bounds)) else ((), (), (), ())
    return (min(lefts), min(bottoms), max(rights), max(tops)) if lefts else None


def grow_grid(grid: Grid | None, extent: Bounds, *, crs: str, pixel_size: float) -> GrownGrid:
    """Return a grid that holds the extent and keeps the lattice of the one given."""
    left, bottom, right, top = extent
    if grid is None:
        grid = Grid(
            crs, left, top, pixel_size, _whole((right - left) / pixel_size), _whole((top - bottom) / pixel_size)
        )
        return GrownGrid(grid, 0, 0)
    size = grid.pixel_size
    west, south, east, north = grid.bounds
    more_left, more_up = _whole((west - left) / size), _whole((top - north) / size)
    more_right, more_down = _whole((right - east) / size), _whole((south - bottom) / size)
    grown = Grid(
        crs=grid.crs,
        origin_x=west - more_left * size,
        origin_y=north + more_up * size,
        pixel_size=size,
        width=grid.width + more_left + more_right,
        height=grid.height + more_up + more_down,
    )
    return GrownGrid(grown, more_left, more_up)


def window_of(grid: Grid, bounds: Bounds, *, size: int) -> tuple[int, int] | None:
    """Return column and row of a tile's upper left pixel, or None if the tile is off the grid or off its lattice."""
    left, bottom, right, top = bounds
    side = size * grid.pixel_size
    slack = TOLERANCE_PX * grid.pixel_size
    if abs(right - left - side) > slack or abs(top - bottom - side) > slack:
        return None
    col, row = (left - grid.origin_x) / grid.pixel_size, (grid.origin_y - top) / grid.pixel_size
    if abs(col - round(col)) > TOLERANCE_PX or abs(row - round(row)) > TOLERANCE_PX:
        return None
    inside = 0 <= round(col) <= grid.width - size and 0 <= round(row) <= grid.height - size
    return (round(col), round(row)) if inside else None


def _whole(pixels: float) -> int:
    """Return the whole pixels needed, none for what is within the tolerance."""
    return max(0, math.ceil(pixels - TOLERANCE_PX))
