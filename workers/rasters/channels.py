"""What each stage computes: the analysis rasters of one family of channels, written into the stage's folder."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.rasters.align import align
from workers.rasters.intake import SourceRaster
from workers.rasters.store import image_values, read_continuous, write_analysis
from workers.rasters.terrain.compiled import Tick
from workers.rasters.terrain.derivatives import Derivatives, Floats, derivatives
from workers.rasters.terrain.deviation import horn_slope, standard_deviation
from workers.rasters.terrain.percentile import elevation_percentile
from workers.rasters.terrain.scales import features_at
from workers.records.grids import Grid
from workers.records.regions import TerrainSpec

_DERIVATIVES = ("s", "prc", "plc")


def derivative_names(resolution: float | None) -> tuple[str, ...]:
    """Return the channels of slope and curvatures at a resolution (None: the grid's own)."""
    return tuple(name if resolution is None else f"{name}_{resolution:g}" for name in _DERIVATIVES)


def window_names(window: int) -> tuple[str, str]:
    """Return the channels of elevation percentile and standard deviation of slope in a window."""
    return (f"ep_{window}x{window}", f"sds_{window}x{window}")


def build_dem(files: Sequence[SourceRaster], grid: Grid, folder: Path, tick: Tick) -> None:
    """Write `dem.tif`: elevation on the grid, bilinear where the source has another lattice."""
    aligned = align(files, grid, band_count=1, tick=lambda fraction: tick(0.8 * fraction))
    write_analysis(folder / "dem.tif", aligned[0], grid, kind="continuous")


def build_imagery(files: Sequence[SourceRaster], bands: Sequence[str], grid: Grid, folder: Path, tick: Tick) -> None:
    """Write one raster per band of the imagery."""
    aligned = align(files, grid, band_count=len(bands), tick=lambda fraction: tick(0.7 * fraction))
    for number, (band, values) in enumerate(zip(bands, aligned, strict=True), start=1):
        write_analysis(folder / f"{band}.tif", image_values(values, files[0].dtype), grid, kind="image")
        tick(0.7 + 0.3 * number / len(bands))


class Terrain:
    """The terrain channels of one DEM on a grid; arrays that several channels need are kept."""

    def __init__(self, dem: Path, grid: Grid, spec: TerrainSpec) -> None:
        self._path = dem
        self._grid = grid
        self._spec = spec

    @cached_property
    def _dem(self) -> Floats:
        return read_continuous(self._path)

    @cached_property
    def _slope(self) -> NDArray[np.float32]:
        return horn_slope(self._dem, self._grid.pixel_size)

    def build_derivatives(self, resolution: float | None, folder: Path, tick: Tick) -> None:
        """Write slope, profile and planform curvature at a resolution (None: the grid's own, nothing smoothed)."""
        found = self._derivatives(resolution, lambda fraction: tick(0.7 * fraction))
        arrays = (found.slope, found.profile_curvature, found.planform_curvature)
        for number, (name, array) in enumerate(zip(derivative_names(resolution), arrays, strict=True), start=1):
            write_analysis(folder / f"{name}.tif", array, self._grid, kind="continuous")
            tick(0.7 + 0.1 * number)

    def _derivatives(self, resolution: float | None, tick: Tick) -> Derivatives:
        size = self._grid.pixel_size
        if resolution is None:
            return derivatives(self._dem, size, tick=tick)
        sigmas = {"dem_sigma": self._spec.dem_sigma, "feature_sigma": self._spec.feature_sigma}
        return features_at(self._dem, size, resolution, **sigmas, tick=tick)

    def build_window(self, window: int, folder: Path, tick: Tick) -> None:
        """Write elevation percentile and standard deviation of slope in a window."""
        percentile_name, deviation_name = window_names(window)
        percentile = elevation_percentile(self._dem, window, tick=lambda fraction: tick(0.6 * fraction))
        write_analysis(folder / f"{percentile_name}.tif", percentile, self._grid, kind="continuous")
        deviation = standard_deviation(self._slope, window, tick=lambda fraction: tick(0.7 + 0.1 * fraction))
        write_analysis(folder / f"{deviation_name}.tif", deviation, self._grid, kind="continuous")
