"""Our side of the terrain benchmark: python -m benchmarks.terrain_ours DEM [FOLDER for the arrays]."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.made_dem import PIXEL_FT
from benchmarks.sides import Clock, tell
from workers.rasters.channels import derivative_names, window_names
from workers.rasters.store import read_continuous
from workers.rasters.terrain.derivatives import Floats, derivatives
from workers.rasters.terrain.deviation import horn_slope, standard_deviation
from workers.rasters.terrain.percentile import elevation_percentile
from workers.rasters.terrain.scales import features_at
from workers.records.regions import TerrainSpec

SPEC = TerrainSpec()
Arrays = dict[str, NDArray[Any]]


def features(dem: Floats, clock: Clock) -> Arrays:
    """Return the 30 features of the paper by channel."""
    found: Arrays = {}

    def keep(names: Sequence[str], arrays: Sequence[NDArray[Any]]) -> None:
        found.update((name, array.astype(np.float32)) for name, array in zip(names, arrays, strict=True))

    names = derivative_names(None)
    with clock.shared_by(*names):
        arrays = derivatives(dem, PIXEL_FT).arrays()
    keep(names, arrays)
    with clock.shared_by(*(window_names(window)[1] for window in SPEC.windows)):
        slope = horn_slope(dem, PIXEL_FT)
    for window in SPEC.windows:
        percentile, deviation = window_names(window)
        keep([percentile], [clock.timed(percentile, partial(elevation_percentile, dem, window))])
        keep([deviation], [clock.timed(deviation, partial(standard_deviation, slope, window))])
    for resolution in SPEC.resolutions:
        names = derivative_names(resolution)
        with clock.shared_by(*names):
            arrays = features_at(
                dem, PIXEL_FT, resolution, dem_sigma=SPEC.dem_sigma, feature_sigma=SPEC.feature_sigma
            ).arrays()
        keep(names, arrays)
    return found


def main() -> None:
    dem = read_continuous(Path(sys.argv[1]))
    features(dem[:600, :600].copy(), Clock())  # compiled, or read from the cache
    clock = Clock()
    found = features(dem, clock)
    if len(sys.argv) > 2:
        for name, array in found.items():
            np.save(Path(sys.argv[2]) / f"{name}.npy", array)
    tell(clock)


if __name__ == "__main__":
    main()
