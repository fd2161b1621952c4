"""What each stage computes: the analysis rasters of one family of channels, written into the stage's folder."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.rasters.align import aligned_strips
from workers.rasters.intake import SourceRaster
from workers.rasters.stages import Strips
from workers.rasters.store import analysis_written, image_values, read_continuous
from workers.rasters.terrain.compiled import Tick
from workers.rasters.terrain.derivatives import WINDOW_REACH, derivatives
from workers.rasters.terrain.deviation import horn_slope, standard_deviation
from workers.rasters.terrain.percentile import elevation_percentile
from workers.rasters.terrain.rows import Rows, strips
from workers.rasters.terrain.scales import Scale
from workers.rasters.undeclared import FARTHEST, find_undeclared, write_undeclared
from workers.records.channels import scaled_name
from workers.records.crs import LengthUnit, length_unit
from workers.records.grids import Grid
from workers.records.regions import RasterSource, TerrainSpec

ComputeStrip = Callable[[Rows, Tick], Sequence[NDArray[Any]]]

_COMPUTING = 0.8  # of the time; the rest is compression
_DERIVATIVES = ("s", "prc", "plc")


def derivative_names(resolution: float | None, unit: LengthUnit | None = None) -> tuple[str, ...]:
    """Return the channels of slope and curvatures at a resolution (None: the grid's own) in this unit, else in feet."""
    return names_at(_DERIVATIVES, resolution, unit)


def names_at(families: Sequence[str], resolution: float | None, unit: LengthUnit | None) -> tuple[str, ...]:
    """Return what channels of these families are called at a resolution (None: the grid's own) in this unit."""
    return tuple(name if resolution is None else scaled_name(name, resolution, unit) for name in families)


def window_names(window: int) -> tuple[str, str]:
    """Return the channels of elevation percentile and standard deviation of slope in a window."""
    return (f"ep_{window}x{window}", f"sds_{window}x{window}")


def build_dem(files: Sequence[SourceRaster], grid: Grid, factor: float, folder: Path, tick: Tick) -> None:
    """Write `dem.tif`: elevation on the grid times a factor, bilinear where the source has another lattice; and what in
    the files is likely no ground.
    """
    parts = aligned_strips(files, grid, band_count=1, most=FARTHEST / factor, tick=_between(tick, 0, _COMPUTING))
    with analysis_written([folder / "dem.tif"], grid, kind="continuous") as (target,):
        for rows, (elevations,) in parts:
            target.write(rows, elevations * np.float32(factor) if factor != 1 else elevations)
    write_undeclared(find_undeclared(files, grid, factor, tick=_between(tick, _COMPUTING, 1)), folder)


def build_imagery(files: Sequence[SourceRaster], source: RasterSource, grid: Grid, folder: Path, tick: Tick) -> None:
    """Write one raster per band of the imagery."""
    parts = aligned_strips(files, grid, band_count=len(source.bands), tick=_between(tick, 0, _COMPUTING))
    paths = [folder / f"{band}.tif" for band in source.bands]
    with analysis_written(paths, grid, kind="image", dtype="uint8") as targets:
        for rows, strip in parts:
            for target, values in zip(targets, strip, strict=True):
                target.write(rows, image_values(values, source.range))


@dataclass(frozen=True)
class Feature:
    """Channels that one stage makes of the DEM: the stage's name, theirs, what they depend on beside the DEM and the
    grid, and how they are made.
    """

    stage: str
    names: tuple[str, ...]
    inputs: dict[str, Any]
    strips: Strips


class Terrain:
    """The terrain channels of one DEM on a grid, a strip at a time."""

    def __init__(self, dem: Path, grid: Grid, spec: TerrainSpec) -> None:
        self._path = dem
        self.grid = grid
        self._spec = spec
        self.unit = length_unit(grid.crs)

    @property
    def scales(self) -> tuple[float | None, ...]:
        """Return the resolutions of slope and curvature: None for the grid's own, then those asked for that are
        coarser.
        """
        return (None, *(size for size in self._spec.resolutions if size > self.grid.pixel_size))

    def features(self) -> Iterator[Feature]:
        """Yield the features of EarthScape."""
        for resolution in self.scales:
            yield self.at_scale("resolution", derivative_names(resolution, self.unit), resolution)
        for window in self._spec.windows:
            compute = partial(self._window, window)
            yield self.feature("window", window_names(window), {"window": window}, compute)

    def at_scale(self, stage: str, names: tuple[str, ...], resolution: float | None, *, plain: bool = False) -> Feature:
        """Return slope and both curvatures at a resolution, or the curvatures alone without the logarithm."""
        sources = {"plain": True} if plain else {}
        if resolution is None:
            compute = partial(self._derivatives, plain)
            return self.feature("derivatives" if stage == "resolution" else stage, names, sources, compute)
        sigmas = [self._spec.dem_sigma, self._spec.feature_sigma]
        compute = partial(self._derivatives_at, self._scale(resolution, plain), plain)
        return self.feature(stage, names, {"resolution": resolution, "sigmas": sigmas, **sources}, compute)

    def feature(self, stage: str, names: tuple[str, ...], inputs: dict[str, Any], compute: ComputeStrip) -> Feature:
        """Return the feature that `compute` makes, strip by strip."""
        rows = tuple(strips(self.grid.height, self.grid.width))
        return Feature(stage, names, inputs, Strips(rows, compute, partial(_write_strips, names, self.grid)))

    def read(self, rows: Rows, reach: int) -> tuple[NDArray[np.float64], Rows]:
        """Return elevations on some rows and `reach` more on either side, and where those rows are in it."""
        outer = rows.widened(reach, self.grid.height)
        return read_continuous(self._path, outer), rows.within(outer)

    def _derivatives(self, plain: bool, rows: Rows, tick: Tick) -> Sequence[NDArray[Any]]:
        dem, inner = self.read(rows, WINDOW_REACH)
        found = derivatives(dem, self.grid.pixel_size, rows=inner, log_transform=not plain, tick=tick)
        return found.arrays()[1:] if plain else found.arrays()

    def _derivatives_at(self, scale: Scale, plain: bool, rows: Rows, tick: Tick) -> Sequence[NDArray[Any]]:
        of = scale.sources(rows)
        found = scale.features(read_continuous(self._path, of), of, rows, tick=tick).arrays()
        return found[1:] if plain else found

    def _scale(self, resolution: float, plain: bool) -> Scale:
        grid, spec = self.grid, self._spec
        return Scale(
            grid.height,
            grid.width,
            grid.pixel_size,
            resolution,
            spec.dem_sigma,
            spec.feature_sigma,
            log_transform=not plain,
        )

    def _window(self, window: int, rows: Rows, tick: Tick) -> Sequence[NDArray[Any]]:
        dem, inner = self.read(rows, window // 2 + 1)  # one more: a slope looks at its neighbours
        percentile = elevation_percentile(dem, window, rows=inner, tick=_between(tick, 0, 0.8))
        slope = horn_slope(dem, self.grid.pixel_size)
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
