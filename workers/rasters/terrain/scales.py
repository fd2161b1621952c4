"""Features at coarser scales: the DEM resampled and smoothed, the feature smoothed likewise and brought back to the
grid.

After Massey and Imran 2025, whose text leaves the place of the second smoothing open: here it is at the coarse size,
before the way back. Both sigmas are parameters.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from workers.rasters.terrain.compiled import Tick, no_tick
from workers.rasters.terrain.derivatives import Derivatives, Floats, derivatives

_LEAST_WEIGHT = 1e-9


def features_at(
    dem: Floats, pixel_size: float, resolution: float, *, dem_sigma: float, feature_sigma: float, tick: Tick = no_tick
) -> Derivatives:
    """Return slope and curvatures of a DEM seen at `resolution` (same unit as `pixel_size`), on the DEM's own grid, NaN
    where the DEM is.

    Steps: 1. bilinear to the coarse size (a mean over about two coarse pixels), 2. Gaussian of `dem_sigma` coarse
    pixels, 3. slope and curvatures, 4. Gaussian of `feature_sigma` coarse pixels, 5. bilinear back.
    """
    coarse = smooth(
        resample(dem, pixel_size, resolution, shape=coarse_shape(dem.shape, pixel_size, resolution)), dem_sigma
    )
    tick(0.25)
    found = derivatives(coarse, resolution)
    tick(0.4)
    missing = np.isnan(dem)
    fine = []
    for number, feature in enumerate((found.slope, found.profile_curvature, found.planform_curvature), start=2):
        back = resample(smooth(feature, feature_sigma), resolution, pixel_size, shape=dem.shape)
        back[missing] = np.nan
        fine.append(back)
        tick(number / 4)
    return Derivatives(*fine)


def coarse_shape(shape: tuple[int, ...], pixel_size: float, resolution: float) -> tuple[int, int]:
    """Return the rows and columns of the coarse grid that shares the upper left corner and covers the fine one."""
    rows, cols = (math.ceil(length * pixel_size / resolution - 1e-9) for length in shape)
    return rows, cols


def resample(array: Floats, size: float, new_size: float, *, shape: tuple[int, ...]) -> Floats:
    """Return an array of pixel size `size` at `new_size`, bilinear, the upper left corner the same; float64 of `shape`.

    A new pixel is the mean of the valid old ones around its centre, weighted by a triangle that falls to 0 at the
    larger of the two sizes (what GDAL's warper calls bilinear): interpolation on the way to finer pixels, a true
    average on the way to coarser ones. NaN where there is no valid one.
    """
    down, across = (_weights(*lengths, size, new_size) for lengths in zip(array.shape, shape, strict=True))
    valid = ~np.isnan(array)
    total = across @ (down @ np.where(valid, array, 0.0)).T
    weight = across @ (down @ valid.astype(np.float64)).T
    resampled = np.full(total.shape, np.nan)
    np.divide(total, weight, out=resampled, where=weight > _LEAST_WEIGHT)
    return resampled.T


def _weights(length: int, new_length: int, size: float, new_size: float) -> sparse.csr_array:
    """Return the triangle weights of old pixels (columns) in new ones (rows) along one axis."""
    reach = max(size, new_size)
    centres = (np.arange(new_length) + 0.5) * new_size
    first = np.floor((centres - reach) / size).astype(int)
    near = first[:, None] + np.arange(math.ceil(2 * reach / size) + 2)
    weights = 1 - np.abs(centres[:, None] - (near + 0.5) * size) / reach
    rows = np.broadcast_to(np.arange(new_length)[:, None], near.shape)
    used = (weights > 0) & (near >= 0) & (near < length)
    return sparse.csr_array((weights[used], (rows[used], near[used])), shape=(new_length, length))


def smooth(array: Floats, sigma: float) -> Floats:
    """Return the Gaussian mean over the valid cells (sigma in pixels, cut off at four sigma); a missing cell stays
    missing.
    """
    if sigma == 0:
        return array
    valid: NDArray[np.bool_] = ~np.isnan(array)
    weights = ndimage.gaussian_filter(valid.astype(np.float64), sigma, mode="constant")
    total = ndimage.gaussian_filter(np.where(valid, array, 0.0), sigma, mode="constant")
    smoothed = np.full(array.shape, np.nan)
    np.divide(total, weights, out=smoothed, where=valid)
    return smoothed
