"""What each stage computes: the analysis rasters of one family of channels, written into the stage's folder."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.rasters.align import aligned_strips
from workers.rasters.intake import SourceRaster
from workers.rasters.stages import Strips
from workers.rasters.store import analysis_written, image_type, image_values, read_continuous
from workers.rasters.terrain.compiled import Tick
from workers.rasters.terrain.derivatives import WINDOW_REACH, derivatives
from workers.rasters.terrain.deviation import horn_slope, standard_deviation
from workers.rasters.terrain.percentile import elevation_percentile
from workers.rasters.terrain.rows import Rows, strips
from workers.rasters.terrain.scales import Scale
from workers.records.grids import Grid
from workers.records.regions import TerrainSpec

ComputeStrip = Callable[[Rows, Tick], Sequence[NDArray[Any]]]

_COMPUTING = 0.8  # of the time; the rest is compression
_DERIVATIVES = ("s", "prc", "plc")


def derivative_names(resolution: float | None) -> tuple[str, ...]:
    """Return the channels of slope and curvatures at a resolution (None: the grid's own)."""
    return tuple(name if resolution is None else f"{name}_{resolution:g}" for name in _DERIVATIVES)


def window_names(window: int) -> tuple[str, str]:
    """Return the channels of elevation percentile and standard deviation of slope in a window."""
    return (f"ep_{window}x{window}", f"sds_{window}x{window}")


def build_dem(files: Sequence[SourceRaster], grid: Grid, factor: float, folder: Path, tick: Tick) -> None:
    """Write `dem.tif`: elevation on the grid times a factor, bilinear where the source has another lattice."""
    parts = aligned_strips(files, grid, band_count=1, tick=_between(tick, 0, _COMPUTING))
    with analysis_written([folder / "dem.tif"], grid, kind="continuous") as (target,):
        for rows, (elevations,) in parts:
            target.write(rows, elevations * np.float32(factor) if factor != 1 else elevations)


def build_imagery(files: Sequence[SourceRaster], bands: Sequence[str], grid: Grid, folder: Path, tick: Tick) -> None:
    """Write one raster per band of the imagery."""
    dtype = image_type(files[0].dtype)
    parts = aligned_strips(files, grid, band_count=len(bands), tick=_between(tick, 0, _COMPUTING))
    paths = [folder / f"{band}.tif" for band in bands]
    with analysis_written(paths, grid, kind="image", dtype=dtype) as targets:
        for rows, strip in parts:
            for target, values in zip(targets, strip, strict=True):
                target.write(rows, image_values(values, dtype))


class Terrain:
    """The terrain channels of one DEM on a grid, a strip at a time."""

    def __init__(self, dem: Path, grid: Grid, spec: TerrainSpec) -> None:
        self._path = dem
        self._grid = grid
        self._spec = spec

    def derivatives(self, resolution: float | None) -> Strips:
        """Return how slope, profile and planform curvature at a resolution (None: the grid's own, nothing smoothed) are
        made.
        """
        compute = self._derivatives if resolution is None else partial(self._derivatives_at, self._scale(resolution))
        return self._strips(derivative_names(resolution), compute)

    def window(self, window: int) -> Strips:
        """Return how elevation percentile and standard deviation of slope in a window are made."""
        return self._strips(window_names(window), partial(self._window, window))

    def _strips(self, names: Sequence[str], compute: ComputeStrip) -> Strips:
        rows = tuple(strips(self._grid.height, self._grid.width))
        return Strips(rows, compute, partial(_write_strips, names, self._grid))

    def _derivatives(self, rows: Rows, tick: Tick) -> Sequence[NDArray[Any]]:
        outer = rows.widened(WINDOW_REACH, self._grid.height)
        dem = read_continuous(self._path, outer)
        return derivatives(dem, self._grid.pixel_size, rows=rows.within(outer), tick=tick).arrays()

    def _derivatives_at(self, scale: Scale, rows: Rows, tick: Tick) -> Sequence[NDArray[Any]]:
        of = scale.sources(rows)
        return scale.features(read_continuous(self._path, of), of, rows, tick=tick).arrays()

    def _scale(self, resolution: float) -> Scale:
        grid, spec = self._grid, self._spec
        return Scale(grid.height, grid.width, grid.pixel_size, resolution, spec.dem_sigma, spec.feature_sigma)

    def _window(self, window: int, rows: Rows, tick: Tick) -> Sequence[NDArray[Any]]:
        outer = rows.widened(window // 2 + 1, self._grid.height)  # one more: a slope looks at its neighbours
        dem, inner = read_continuous(self._path, outer), rows.within(outer)
        percentile = elevation_percentile(dem, window, rows=inner, tick=_between(tick, 0, 0.8))
        slope = horn_slope(dem, self._grid.pixel_size)
        return percentile, standard_deviation(slope, window, rows=inner, tick=_between(tick, 0.8, 1))


def _write_strips(
    names: Sequence[str], grid: Grid, folder: Path, parts: Iterable[tuple[Rows, Sequence[NDArray[Any]]]]
) -> None:
    paths = [folder / f"{name}.tif" for name in names]
    with analysis_written(paths, grid, kind="continuous") as targets:
        for rows, arrays in parts:
            for target, array in zip(targets, arrays, strict=True):
                target.write(rows, array)


def _between(tick: Tick, start: float, end: float) -> Tick:
    """Report the progress of a part as that of the whole."""
    return lambda fraction: tick(start + fraction * (end - start))
