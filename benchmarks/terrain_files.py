"""Terrain from file to file: python -m benchmarks.terrain_files horn|channels DEM."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio

from benchmarks.made_dem import PIXEL_FT, write_dem
from benchmarks.sides import Clock, tell
from benchmarks.terrain_ours import SPEC
from workers.rasters.channels import Terrain
from workers.rasters.store import read_continuous
from workers.rasters.terrain.compiled import no_tick
from workers.rasters.terrain.deviation import horn_slope
from workers.records.grids import Grid


def horn(dem: Path, folder: Path, clock: Clock) -> None:
    horn_slope(np.zeros((64, 64)), PIXEL_FT)
    with clock.shared_by("horn"):
        write_dem(folder / "slope.tif", horn_slope(read_continuous(dem), PIXEL_FT))


def channels(dem: Path, folder: Path, clock: Clock) -> None:
    """All stages of elevation, compression and overviews included."""
    with rasterio.open(dem) as dataset:
        grid = Grid("EPSG:3089", 4_700_000.0, 3_560_000.0, PIXEL_FT, dataset.width, dataset.height)
    terrain = Terrain(dem, grid, SPEC)
    for feature in terrain.features():
        with clock.shared_by(", ".join(feature.names)):
            feature.strips.in_order(folder, no_tick)


def main() -> None:
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        {"horn": horn, "channels": channels}[sys.argv[1]](Path(sys.argv[2]), Path(folder), clock)
    tell(clock)


if __name__ == "__main__":
    main()
