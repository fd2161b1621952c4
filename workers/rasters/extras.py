"""Channels that EarthScape lacks and a specification may ask for: each a row that names it and says how it is made."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from workers.rasters.channels import Feature, Terrain, names_at
from workers.rasters.store import write_analysis
from workers.rasters.terrain.compiled import Tick
from workers.rasters.terrain.drainage import height_above_drainage
from workers.rasters.terrain.position import relative_elevation, topographic_position
from workers.rasters.terrain.rows import Rows
from workers.rasters.terrain.shading import SHADING_REACH, hillshade, multidirectional_hillshade
from workers.records.grids import Grid
from workers.records.regions import RegionSpec

Kernel = Callable[..., NDArray[np.float32]]

STAGE = "extra"
_PLAIN = ("prcu", "plcu")


def extras_of(spec: RegionSpec, terrain: Terrain) -> Iterator[Feature]:
    """Yield the channels made of the DEM alone that a specification asks for."""
    asked, size = spec.extras, terrain.grid.pixel_size
    for radius in asked.tpi:
        yield _around(terrain, f"tpi_{radius}", partial(topographic_position, radius=radius), radius)
    for window in relative_windows(spec):
        yield _around(terrain, f"rel_{window}x{window}", partial(relative_elevation, window=window), window // 2)
    if asked.hillshade:
        yield _around(terrain, "hillshade", partial(hillshade, pixel_size=size), SHADING_REACH)
    if asked.mdhs:
        yield _around(terrain, "mdhs", partial(multidirectional_hillshade, pixel_size=size), SHADING_REACH)
    if asked.plain_curvature:
        for resolution in terrain.scales:
            names = names_at(_PLAIN, resolution, terrain.unit)
            yield terrain.at_scale(STAGE, names, resolution, plain=True)


def relative_windows(spec: RegionSpec) -> tuple[int, ...]:
    """Return the windows of elevations less their mean; 0 stands for the side of a tile."""
    return tuple(dict.fromkeys(window or spec.tiles.size for window in spec.extras.rel))


def extra_stages(spec: RegionSpec) -> int:
    """Return how many stages the extra channels of the DEM take."""
    asked = spec.extras
    scales = 1 + len(spec.terrain.resolutions) if asked.plain_curvature else 0
    return len(asked.tpi) + len(relative_windows(spec)) + asked.hillshade + asked.mdhs + scales


def _around(terrain: Terrain, name: str, kernel: Kernel, reach: int) -> Feature:
    """Return the channel that a kernel makes of the elevations up to `reach` rows away."""

    def compute(rows: Rows, tick: Tick) -> Sequence[NDArray[Any]]:
        dem, inner = terrain.read(rows, reach)
        return (kernel(dem, rows=inner, tick=tick),)

    return terrain.feature(STAGE, (name,), {"channel": name}, compute)


def build_drainage_height(dem: Path, streams: Path, grid: Grid, folder: Path, tick: Tick) -> None:
    """Write `hand.tif`. A flow path may cross the whole region, so the whole of it is held in memory: about 20 bytes a
    pixel.
    """
    with rasterio.open(dem, driver="GTiff") as dataset:
        elevations = dataset.read(1)
        elevations[elevations == dataset.nodata] = np.nan
    with rasterio.open(streams, driver="GTiff") as dataset:
        drainage = dataset.read(1) > 0
    tick(0.1)
    write_analysis(folder / "hand.tif", height_above_drainage(elevations, drainage), grid, kind="continuous")
