"""The peer's side of the terrain benchmark: python -m benchmarks.terrain_peer DEM [FOLDER for the arrays].

WhiteboxTools (whitebox_workflows) computes every feature from a raster held in its memory into one held there. Standard
deviation of slope alone goes through files, the only way that its window is heeded. At coarse scales the Gaussian is
SciPy's, since its own takes seconds, and only SciPy's time is counted, not the files there and back.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import whitebox_workflows as whitebox
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.made_dem import PIXEL_FT, write_dem
from benchmarks.sides import Clock, tell
from benchmarks.terrain_ours import SPEC
from workers.rasters.channels import derivative_names, window_names

_NODATA = -9999.0


class Peer:
    """The tools on one DEM, with what they made by channel where that is wanted."""

    def __init__(self, path: Path, *, keeps: bool) -> None:
        self._path = path
        self._keeps = keeps
        self._tools = whitebox.WbEnvironment()
        self._tools.verbose = False
        self._dem = self._tools.read_raster(str(path))
        self.clock = Clock()
        self.found: dict[str, NDArray[Any]] = {}

    def derivatives(self, dem: Any, names: tuple[str, ...]) -> list[Any]:
        slope, profile, planform = names
        return [
            self.clock.timed(slope, lambda: self._tools.slope(dem)),
            self.clock.timed(profile, lambda: self._tools.profile_curvature(dem, log_transform=True)),
            self.clock.timed(planform, lambda: self._tools.plan_curvature(dem, log_transform=True)),
        ]

    def native(self) -> None:
        names = derivative_names(None)
        for name, raster in zip(names, self.derivatives(self._dem, names), strict=True):
            self._keep(name, raster)

    def window(self, window: int, folder: Path) -> None:
        percentile, deviation = window_names(window)
        tool = self._tools.elevation_percentile
        sizes = {"filter_size_x": window, "filter_size_y": window}
        self._keep(percentile, self.clock.timed(percentile, lambda: tool(self._dem, **sizes)))
        target = folder / f"{deviation}.tif"
        told = json.dumps({"input": str(self._path), "filter_size": window, "output": str(target)})
        self.clock.timed(deviation, lambda: whitebox.run_tool_json("standard_deviation_of_slope", told))
        if self._keeps:
            self._keep(deviation, self._tools.read_raster(str(target)))
        target.unlink()

    def scale(self, resolution: float) -> None:
        names = derivative_names(resolution)
        with self.clock.shared_by(*names):
            coarse = self._resample([self._dem], cell_size=resolution)
        smooth = self._smoothed(coarse, SPEC.dem_sigma, names)
        for name, raster in zip(names, self.derivatives(smooth, names), strict=True):
            feature = self._smoothed(raster, SPEC.feature_sigma, (name,))
            back = self.clock.timed(name, partial(self._resample, [feature], base=self._dem))
            self._keep(name, back)

    def _resample(self, rasters: list[Any], **to: Any) -> Any:
        return self._tools.remote_sensing.enhancement_contrast.resample(inputs=rasters, method="bilinear", **to)

    def _smoothed(self, raster: Any, sigma: float, names: tuple[str, ...]) -> Any:
        array = raster.to_numpy().astype(np.float32)
        missing = array <= _NODATA  # where the last coarse pixels reach beyond the DEM
        with self.clock.shared_by(*names):
            if missing.any():
                weight = ndimage.gaussian_filter((~missing).astype(np.float32), sigma)
                array = ndimage.gaussian_filter(np.where(missing, 0, array), sigma) / np.maximum(weight, 1e-9)
                smoothed = np.where(missing, _NODATA, array).astype(np.float32)
            else:
                smoothed = ndimage.gaussian_filter(array, sigma)
        path = self._path.with_name(f"{'-'.join(names)}.tif")  # it loses arrays, and keeps paths
        write_dem(path, smoothed, pixel_size=PIXEL_FT * self._dem.to_numpy().shape[0] / smoothed.shape[0])
        return self._tools.read_raster(str(path))

    def _keep(self, name: str, raster: Any) -> None:
        if self._keeps:
            array = raster.to_numpy().astype(np.float32)
            array[array <= _NODATA] = np.nan
            self.found[name] = array


def main() -> None:
    dem = Path(sys.argv[1])
    peer = Peer(dem, keeps=len(sys.argv) > 2)
    peer.native()
    for window in SPEC.windows:
        peer.window(window, dem.parent)
    for resolution in SPEC.resolutions:
        peer.scale(resolution)
    for name, array in peer.found.items():
        np.save(Path(sys.argv[2]) / f"{name}.npy", array)
    tell(peer.clock)


if __name__ == "__main__":
    main()
