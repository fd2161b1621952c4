"""What a region's page should say of how it was made, a sentence each."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from workers.rasters.align import on_grid, scale_of
from workers.rasters.intake import SourceRaster
from workers.rasters.mosaic import Lattice, lattices
from workers.rasters.tiling import Mapped
from workers.records.grids import Grid
from workers.records.regions import RegionSpec

_AS_LARGE = 0.01  # of a pixel's side
_SCALES = 5
"""Coarse pixels around that smoothing looks at in earnest: 1,000 ft for EarthScape's 200 ft, as the paper buffers."""


def of_elevation(spec: RegionSpec, files: Sequence[SourceRaster], grid: Grid) -> Iterator[str]:
    """Yield what makes terrain less exact than the elevations would allow."""
    if others := _others(files, grid):
        yield (
            f"{len(others)} of {len(files)} elevation files, {Path(others[0].path).name} first, have pixels of the "
            "grid's size that are not the grid's own: elevations are interpolated between them, which lowers slopes"
        )
    around = _wanted_buffer(spec)
    if (spec.grid.bounds or spec.map_units) and spec.buffer < around:
        yield (
            f"with a buffer of {spec.buffer:g}, channels of large windows and coarse scales are made from less ground "
            f"near the border than elsewhere; {around:g} would do"
        )


def _others(files: Sequence[SourceRaster], grid: Grid) -> list[SourceRaster]:
    """Return the files whose pixels are as large as the grid's and yet others."""
    found = [lattice for lattice in lattices(files) if not on_grid(lattice, grid) and _as_large(lattice, grid)]
    return [file for lattice in found for file in lattice.files]


def _as_large(lattice: Lattice, grid: Grid) -> bool:
    return all(abs(ratio - 1) < _AS_LARGE for ratio in scale_of(lattice, grid))


def _wanted_buffer(spec: RegionSpec) -> float:
    window = max(spec.terrain.windows, default=1) // 2 * spec.grid.pixel_size
    return max(window, _SCALES * max(spec.terrain.resolutions, default=0.0))


def of_tiles(mapped: Mapped, size: int) -> Iterator[str]:
    """Yield what decided near the edge of a map or at its flaws which tiles there are."""
    if mapped.crossed:
        yield f"tiles crossed by slits of the map too narrow for any pixel, which count as mapped: {mapped.crossed:,}"
    if mapped.almost:
        yield f"squares of {size} pixels left out although 99 % or more of them is mapped: {mapped.almost:,}"
