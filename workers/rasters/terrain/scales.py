"""Features at coarser scales: the DEM resampled and smoothed, the feature smoothed likewise and brought back to the
grid.

After Massey and Imran 2025, whose text leaves the place of the second smoothing open: here it is at the coarse size,
before the way back. Both sigmas are parameters.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from workers.rasters.terrain.compiled import Tick, compiled, in_bands, no_tick
from workers.rasters.terrain.derivatives import WINDOW_REACH, Derivatives, Floats, derivatives
from workers.rasters.terrain.rows import Rows

_BAND = 64
_CUT_OFF = 4.0  # sigmas
_LEAST_WEIGHT = 1e-9


def features_at(
    dem: Floats, pixel_size: float, resolution: float, *, dem_sigma: float, feature_sigma: float, tick: Tick = no_tick
) -> Derivatives:
    """Return slope and curvatures of a DEM seen at `resolution` (same unit as `pixel_size`), on the DEM's own grid, NaN
    where the DEM is.
    """
    height, width = dem.shape
    scale = Scale(height, width, pixel_size, resolution, dem_sigma, feature_sigma)
    everything = Rows(0, height)
    return scale.features(dem, everything, everything, tick=tick)


@dataclass(frozen=True)
class Scale:
    """One coarse resolution of a DEM of `height` x `width` pixels; sizes in one unit, sigmas in coarse pixels.

    Steps: 1. bilinear to the coarse size (a mean over about two coarse pixels), 2. Gaussian of `dem_sigma`, 3. slope
    and curvatures, 4. Gaussian of `feature_sigma`, 5. bilinear back. Some rows are made from just the rows that
    `sources` tells, and come out as they do from the whole DEM, to the bit.
    """

    height: int
    width: int
    pixel_size: float
    resolution: float
    dem_sigma: float
    feature_sigma: float
    log_transform: bool = True

    def sources(self, rows: Rows) -> Rows:
        """Return the rows of the DEM that some rows of the features are made from."""
        return self._down()[0].made_from(self._coarse_dem(rows))

    def features(self, dem: Floats, of: Rows, rows: Rows, *, tick: Tick = no_tick) -> Derivatives:
        """Return slope and curvatures of some rows, given the rows `of` of the DEM (at least those of `sources`)."""
        there, raw, around = self._coarse(rows), self._coarse_features(rows), self._coarse_dem(rows)
        down, across = self._down()
        (coarse,) = smooth([_resampled(dem, down.part(around, of), across)], self.dem_sigma)
        tick(0.25)
        found = self._derivatives(coarse, raw.within(around)).arrays()
        tick(0.4)
        up, along = self._up()
        missing = np.isnan(dem[rows.within(of).of()])
        fine = []
        for number, feature in enumerate(smooth(found, self.feature_sigma), start=2):
            back = _resampled(feature[there.within(raw).of()], up.part(rows, there), along)
            back[missing] = np.nan
            fine.append(back)
            tick(number / 4)
        return Derivatives(*fine)

    def _derivatives(self, coarse: Floats, rows: Rows) -> Derivatives:
        return derivatives(coarse, self.resolution, rows=rows, log_transform=self.log_transform)

    def _coarse(self, rows: Rows) -> Rows:
        return self._up()[0].made_from(rows)

    def _coarse_features(self, rows: Rows) -> Rows:
        return self._coarse(rows).widened(gaussian_reach(self.feature_sigma), self._coarse_shape()[0])

    def _coarse_dem(self, rows: Rows) -> Rows:
        return self._coarse_features(rows).widened(
            WINDOW_REACH + gaussian_reach(self.dem_sigma), self._coarse_shape()[0]
        )

    def _coarse_shape(self) -> tuple[int, int]:
        return coarse_shape((self.height, self.width), self.pixel_size, self.resolution)

    def _down(self) -> tuple["Triangles", "Triangles"]:
        return _both_ways((self.height, self.width), self._coarse_shape(), self.pixel_size, self.resolution)

    def _up(self) -> tuple["Triangles", "Triangles"]:
        return _both_ways(self._coarse_shape(), (self.height, self.width), self.resolution, self.pixel_size)


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
    return _resampled(array, *_both_ways(array.shape, shape, size, new_size))


def _both_ways(
    shape: tuple[int, ...], new_shape: tuple[int, ...], size: float, new_size: float
) -> tuple["Triangles", "Triangles"]:
    rows, cols = (Triangles.of(*lengths, size, new_size) for lengths in zip(shape, new_shape, strict=True))
    return rows, cols


def _resampled(array: Floats, rows: "Triangles", cols: "Triangles") -> Floats:
    array = np.ascontiguousarray(array)
    resampled = np.empty((rows.first.size, cols.first.size))

    def compute(start: int, stop: int) -> None:
        _fill_resampled(array, rows.first, rows.weights, cols.first, cols.weights, resampled, start, stop)

    in_bands(compute, Rows(0, rows.first.size), band=_BAND)
    return resampled


@dataclass(frozen=True)
class Triangles:
    """Along one axis, the old pixels that a new one is made of: the first of them, and the weights from there on."""

    first: NDArray[np.int64]
    weights: Floats
    length: int  # of the old pixels

    @classmethod
    def of(cls, length: int, new_length: int, size: float, new_size: float) -> Self:
        reach = max(size, new_size)
        centres = (np.arange(new_length) + 0.5) * new_size
        near = np.floor((centres - reach) / size).astype(np.int64)[:, None] + np.arange(math.ceil(2 * reach / size) + 2)
        weights = 1 - np.abs(centres[:, None] - (near + 0.5) * size) / reach
        used = (weights > 0) & (near >= 0) & (near < length)
        first = np.where(used, near, length).min(axis=1)
        count = int(used.sum(axis=1).max())
        kept = first[:, None] + np.arange(count)
        found = np.maximum(0, 1 - np.abs(centres[:, None] - (kept + 0.5) * size) / reach)
        return cls(first, np.where(kept < length, found, 0.0), length)

    def made_from(self, new: Rows) -> Rows:
        """Return the old pixels that some new ones are made of."""
        last = int(self.first[new.end - 1]) + self.weights.shape[1]
        return Rows(int(self.first[new.start]), min(last, self.length))

    def part(self, new: Rows, old: Rows) -> Self:
        """Return those of some new pixels, counted from the first of some old ones."""
        return type(self)(self.first[new.of()] - old.start, self.weights[new.of()], old.count)


@compiled
def _fill_resampled(
    array: Floats,
    first_row: NDArray[np.int64],
    row_weights: Floats,
    first_col: NDArray[np.int64],
    col_weights: Floats,
    resampled: Floats,
    start: int,
    stop: int,
) -> None:
    """Down the columns first, then along the line; the weights of valid pixels are summed beside their values."""
    width = array.shape[1]
    total, weight = np.empty(width), np.empty(width)
    for row in range(start, stop):
        total[:] = 0.0
        weight[:] = 0.0
        for i in range(row_weights.shape[1]):
            share = row_weights[row, i]
            if share > 0:
                line = array[first_row[row] + i]
                for col in range(width):
                    valid = not np.isnan(line[col])
                    total[col] += share * line[col] if valid else 0.0
                    weight[col] += share if valid else 0.0
        for col in range(resampled.shape[1]):
            value, whole = 0.0, 0.0
            for j in range(col_weights.shape[1]):
                share = col_weights[col, j]
                if share > 0:
                    value += share * total[first_col[col] + j]
                    whole += share * weight[first_col[col] + j]
            resampled[row, col] = value / whole if whole > _LEAST_WEIGHT else np.nan


def gaussian_reach(sigma: float) -> int:
    """Return how many cells away a Gaussian still looks."""
    return int(_CUT_OFF * sigma + 0.5)


def smooth(arrays: Sequence[Floats], sigma: float) -> list[Floats]:
    """Return the Gaussian means over the valid cells (sigma in pixels, cut off at four sigma) of arrays that lack the
    same cells; a missing cell stays missing.
    """
    if sigma == 0:
        return list(arrays)
    valid: NDArray[np.bool_] = ~np.isnan(arrays[0])
    weights = _gaussian(valid.astype(np.float64), sigma)
    weights[~valid] = np.nan
    with ThreadPoolExecutor(len(arrays)) as pool:
        return list(pool.map(lambda array: _gaussian(np.where(valid, array, 0.0), sigma) / weights, arrays))


def _gaussian(array: Floats, sigma: float) -> Floats:
    smoothed: Floats = ndimage.gaussian_filter(array, sigma, mode="constant", truncate=_CUT_OFF)
    return smoothed
