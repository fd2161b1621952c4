"""Source rasters brought onto the grid of a region."""

from collections.abc import Sequence

import numpy as np
from affine import Affine
from pyproj import CRS
from rasterio.warp import Resampling, reproject, transform_bounds

from workers.errors import InvalidInput
from workers.rasters.intake import SourceRaster
from workers.rasters.mosaic import Bands, Lattice, Mosaic, lattices, open_mosaic
from workers.rasters.terrain.compiled import Tick, no_tick
from workers.records.grids import Grid, Window

_BLOCK = 256
_POSITION_ERROR = 0.02  # source pixels, between two CRS
_SAME_GRID = 1e-4  # of a pixel


def align(files: Sequence[SourceRaster], grid: Grid, *, band_count: int, tick: Tick = no_tick) -> Bands:
    """Return the first `band_count` bands of the files on the grid: (bands, height, width) float32, NaN where no file
    has data.

    Files on the grid's own lattice are copied as they are. Others are resampled bilinear, block by block, by
    `rasterio.warp.reproject` from the full resolution (no overviews, no WarpedVRT): where the source is finer than the
    grid, GDAL widens the bilinear kernel by the ratio of the pixel sizes, so every source pixel counts and nothing is
    skipped. The ratio is the same for all blocks, so blocks meet without a seam. Files on several lattices fill what
    the ones before them left empty.

    Raises:
        InvalidInput: no file has data within the grid.
    """
    aligned = np.full((band_count, grid.height, grid.width), np.nan, np.float32)
    groups = lattices(files)
    for number, lattice in enumerate(groups):
        with open_mosaic(lattice, band_count=band_count) as mosaic:
            _fill(aligned, mosaic, grid, tick=_part(tick, number, len(groups)))
    if np.isnan(aligned[0]).all():
        names = ", ".join(file.path.rpartition("/")[2] for file in files[:3])
        raise InvalidInput(
            f"{names}: no data within the region's bounds {tuple(round(side, 2) for side in grid.bounds)} of {grid.crs}"
        )
    return aligned


def _part(tick: Tick, number: int, count: int) -> Tick:
    return lambda fraction: tick((number + fraction) / count)


def _fill(aligned: Bands, mosaic: Mosaic, grid: Grid, *, tick: Tick) -> None:
    same = on_grid(mosaic.lattice, grid)
    scale = (1.0, 1.0) if same else _scale(mosaic.lattice, grid)
    blocks = _blocks(grid)
    for done, block in enumerate(blocks, start=1):
        found = _copied(mosaic, grid, block) if same else _warped(mosaic, grid, block, scale)
        if found is not None:
            here = aligned[:, block.row : block.row + block.height, block.col : block.col + block.width]
            empty = np.isnan(here[0])
            here[:, empty] = found[:, empty]
        tick(done / len(blocks))


def on_grid(lattice: Lattice, grid: Grid) -> bool:
    """Return whether a lattice's pixels are the grid's pixels."""
    size = grid.pixel_size
    if not np.allclose(lattice.pixel_size, size, rtol=1e-9, atol=0):
        return False
    shifts = ((lattice.corner[0] - grid.origin_x) / size, (lattice.corner[1] - grid.origin_y) / size)
    aligned = all(abs(shift - round(shift)) < _SAME_GRID for shift in shifts)
    return aligned and CRS.from_user_input(lattice.crs) == CRS.from_user_input(grid.crs)


def _blocks(grid: Grid) -> list[Window]:
    return [
        Window(col, row, min(_BLOCK, grid.width - col), min(_BLOCK, grid.height - row))
        for row in range(0, grid.height, _BLOCK)
        for col in range(0, grid.width, _BLOCK)
    ]


def _copied(mosaic: Mosaic, grid: Grid, block: Window) -> Bands | None:
    left, top = mosaic.lattice.corner
    col = round((grid.origin_x - left) / grid.pixel_size) + block.col
    row = round((top - grid.origin_y) / grid.pixel_size) + block.row
    return mosaic.read(Window(col, row, block.width, block.height))


def _scale(lattice: Lattice, grid: Grid) -> tuple[float, float]:
    """Return grid pixels per source pixel in x and y."""
    left, bottom, right, top = transform_bounds(grid.crs, lattice.crs, *grid.bounds, densify_pts=21)
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
