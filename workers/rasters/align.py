"""Source rasters brought onto the grid of a region."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from affine import Affine
from pyproj import CRS
from rasterio.warp import Resampling, reproject, transform_bounds

from workers.errors import InvalidInput
from workers.rasters.intake import SourceRaster
from workers.rasters.mosaic import MOST, Bands, Lattice, Mosaic, lattices, open_mosaic
from workers.rasters.terrain.compiled import Tick, no_tick
from workers.rasters.terrain.rows import Rows, strips
from workers.records.grids import Grid, Window

_BLOCK = 256
_MOST_SIDE = 4096  # source pixels: a block holds so many squared, of each band
_POSITION_ERROR = 0.02  # source pixels, between two CRS
_SAME_GRID = 1e-4  # of a pixel


def aligned_strips(
    files: Sequence[SourceRaster], grid: Grid, *, band_count: int, most: float = MOST, tick: Tick = no_tick
) -> Iterator[tuple[Rows, Bands]]:
    """Yield the grid's rows strip by strip with the first `band_count` bands of the files on them: (bands, rows, width)
    float32, NaN where no file has data, or values beyond `most` on either side of 0.

    Files on the grid's own lattice are copied as they are. Others are resampled bilinear, block by block, by
    `rasterio.warp.reproject` from the full resolution (no overviews, no WarpedVRT): where the source is finer than the
    grid, GDAL widens the bilinear kernel by the ratio of the pixel sizes, so every source pixel counts and nothing is
    skipped. The ratio is the same for all blocks, so blocks meet without a seam. Files on several lattices fill what
    the ones before them left empty.

    Raises:
        InvalidInput: no file has data within the grid, which comes after the last strip; or one is far finer than it.
    """
    found = False
    with contextlib.ExitStack() as stack:
        layers = [
            _Layer.of(stack.enter_context(open_mosaic(lattice, band_count=band_count, most=most)), grid)
            for lattice in lattices(files)
        ]
        side = _block_side(layers)
        for rows in strips(grid.height, grid.width):
            strip = np.full((band_count, rows.count, grid.width), np.nan, np.float32)
            for block in _blocks(grid, rows, side):
                _fill(strip[:, block.row - rows.start :, block.col :], layers, block)
                tick((block.row + block.height * (block.col + block.width) / grid.width) / grid.height)
            found = found or not np.isnan(strip[0]).all()
            yield rows, strip
    if not found:
        names = ", ".join(file.path.rpartition("/")[2] for file in files[:3])
        raise InvalidInput(
            f"{names}: no data within the region's bounds {tuple(round(side, 2) for side in grid.bounds)} of {grid.crs}"
        )


@dataclass(frozen=True)
class _Layer:
    """The mosaic of one lattice beside the grid; `scale` is grid pixels per source pixel in x and y, None where the
    pixels are the same.
    """

    mosaic: Mosaic
    grid: Grid
    scale: tuple[float, float] | None

    @classmethod
    def of(cls, mosaic: Mosaic, grid: Grid) -> Self:
        same = on_grid(mosaic.lattice, grid)
        return cls(mosaic, grid, None if same else scale_of(mosaic.lattice, grid))

    def read(self, block: Window) -> Bands | None:
        if self.scale is None:
            return _copied(self.mosaic, self.grid, block)
        return _warped(self.mosaic, self.grid, block, self.scale)


def _fill(strip: Bands, layers: Sequence[_Layer], block: Window) -> None:
    here = strip[:, : block.height, : block.width]
    for layer in layers:
        found = layer.read(block)
        if found is not None:
            empty = np.isnan(here[0])
            here[:, empty] = found[:, empty]


def on_grid(lattice: Lattice, grid: Grid) -> bool:
    """Return whether a lattice's pixels are the grid's pixels."""
    size = grid.pixel_size
    if not np.allclose(lattice.pixel_size, size, rtol=1e-9, atol=0):
        return False
    shifts = ((lattice.corner[0] - grid.origin_x) / size, (lattice.corner[1] - grid.origin_y) / size)
    aligned = all(abs(shift - round(shift)) < _SAME_GRID for shift in shifts)
    return aligned and CRS.from_user_input(lattice.crs) == CRS.from_user_input(grid.crs)


def _block_side(layers: Sequence[_Layer]) -> int:
    """Return the side of the blocks in pixels of the grid: smaller where sources are much finer, since a block needs
    all of their pixels at once.

    Raises:
        InvalidInput: a source so fine that those of a single pixel are too many.
    """
    finest = min(min(layer.scale or (1.0, 1.0)) for layer in layers)
    if finest * _MOST_SIDE < 1:
        layer = min(layers, key=lambda layer: min(layer.scale or (1.0, 1.0)))
        name = Path(layer.mosaic.lattice.files[0].path).name
        raise InvalidInput(
            f"{name}: its pixels are {1 / finest:,.0f} times finer than the grid's, more than {_MOST_SIDE:,}; "
            "choose a smaller grid.pixel_size"
        )
    return min(_BLOCK, int(finest * _MOST_SIDE))


def _blocks(grid: Grid, rows: Rows, side: int) -> Iterator[Window]:
    for row in range(rows.start, rows.end, side):
        for col in range(0, grid.width, side):
            yield Window(col, row, min(side, grid.width - col), min(side, rows.end - row))


def _copied(mosaic: Mosaic, grid: Grid, block: Window) -> Bands | None:
    left, top = mosaic.lattice.corner
    col = round((grid.origin_x - left) / grid.pixel_size) + block.col
    row = round((top - grid.origin_y) / grid.pixel_size) + block.row
    return mosaic.read(Window(col, row, block.width, block.height))


def scale_of(lattice: Lattice, grid: Grid) -> tuple[float, float]:
    """Return grid pixels per source pixel in x and y.

    Raises:
        InvalidInput: the lattice's CRS is not defined where the grid lies.
    """
    left, bottom, right, top = transform_bounds(grid.crs, lattice.crs, *grid.bounds, densify_pts=21)
    if not all(map(math.isfinite, (left, bottom, right, top))):
        name = Path(lattice.files[0].path).name
        raise InvalidInput(f"{name}: its coordinate reference system is not defined where the region lies")
    x, y = lattice.pixel_size
    return (grid.width * x / (right - left), grid.height * y / (top - bottom))


def _warped(mosaic: Mosaic, grid: Grid, block: Window, scale: tuple[float, float]) -> Bands | None:
    lattice = mosaic.lattice
    to_grid = Affine(*grid.transform) @ Affine.translation(block.col, block.row)
    left, top = to_grid @ (0, 0)
    right, bottom = to_grid @ (block.width, block.height)
    bounds = transform_bounds(grid.crs, lattice.crs, left, bottom, right, top, densify_pts=21)
    margin = 2 + int(np.ceil(2 / min(1.0, *scale)))
    window = lattice.window(bounds, margin=margin)
    source = mosaic.read(window)
    if source is None:
        return None
    x, y = lattice.pixel_size
    target = np.full((mosaic.band_count, block.height, block.width), np.nan, np.float32)
    reproject(
        source,
        target,
        src_transform=Affine(x, 0, lattice.corner[0] + window.col * x, 0, -y, lattice.corner[1] - window.row * y),
        src_crs=lattice.crs,
        src_nodata=np.nan,
        dst_transform=to_grid,
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
        tolerance=_POSITION_ERROR,
        XSCALE=scale[0],
        YSCALE=scale[1],
    )
    return target
