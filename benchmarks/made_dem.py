"""A made DEM for benchmarks: rough at every scale like ground, seeded."""

from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

PIXEL_FT = 5.0
_RELIEF_FT = 400.0  # of 3,072 pixels; about that of Warren County's quadrangles
_LIDAR_NOISE_FT = 0.05


def made_dem(side: int, *, seed: int = 111) -> NDArray[np.float32]:
    """Return elevations in feet, (side, side): a random field whose amplitude falls with the square of the frequency,
    with a little noise.
    """
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]).astype(np.float32)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(random.standard_normal((side, side), np.float32)) / frequency**2
    ground = np.fft.irfft2(spectrum, (side, side)).astype(np.float32)
    ground -= ground.min()
    ground *= _RELIEF_FT * side / 3072 / ground.max()
    ground += 500 + random.normal(0, _LIDAR_NOISE_FT, ground.shape).astype(np.float32)
    return ground


def write_dem(path: Path, elevations: NDArray[np.float32], *, pixel_size: float = PIXEL_FT) -> None:
    """Write an array as an uncompressed GeoTIFF, nodata -9999."""
    height, width = elevations.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=1, dtype="float32", nodata=-9999, crs="EPSG:3089",
        transform=Affine(pixel_size, 0, 4_700_000, 0, -pixel_size, 3_560_000), tiled=True,
        blockxsize=256, blockysize=256,
    ) as target:  # fmt: skip
        target.write(elevations, 1)
