"""Seeded random numbers and smooth random surfaces."""

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from workers.demo.lattice import Array


def stream_of(seed: int, region: str, stage: str) -> Generator:
    """Return the random numbers of one stage of one region, independent of every other stage's."""
    return np.random.default_rng([seed, *region.encode(), 0, *stage.encode()])


def smooth_noise(rng: Generator, shape: tuple[int, int], wavelength: float) -> Array:
    """Return a smooth random surface with mean near 0 and standard deviation 1; `wavelength` is in cells."""
    rows, columns = (int(np.ceil(n / wavelength)) + 4 for n in shape)
    knots = rng.standard_normal((rows, columns))
    y = (np.arange(shape[0]) / wavelength) + 1.5
    x = (np.arange(shape[1]) / wavelength) + 1.5
    surface = _spline_rows(_spline_rows(knots, y).T, x).T
    normalised: Array = (surface - surface.mean()) / max(float(surface.std()), 1e-9)
    return normalised


def _spline_rows(values: Array, positions: Array) -> Array:
    """Interpolate along the first axis with a cubic B-spline."""
    base = np.floor(positions).astype(np.intp)
    t = (positions - base)[:, None]
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    padded = np.pad(values, ((1, 3), (0, 0)), mode="edge")
    total: Array = sum((w * padded[base + k] for k, w in enumerate(weights)), start=np.zeros(1)) / 6.0
    return total


def fractal_noise(
    rng: Generator, shape: tuple[int, int], wavelength: float, *, octaves: int = 4, gain: float = 0.5
) -> Array:
    """Return the sum of smooth surfaces of halving wavelength and falling height, standard deviation 1."""
    total = np.zeros(shape)
    for octave in range(octaves):
        total += gain**octave * smooth_noise(rng, shape, max(wavelength / 2**octave, 1.5))
    normalised: Array = total / total.std()
    return normalised


def blur(values: Array, sigma: float) -> Array:
    """Return `values` smoothed with a Gaussian of `sigma` cells, edges repeated."""
    smoothed: Array = ndimage.gaussian_filter(values, sigma, mode="nearest", truncate=3.0)
    return smoothed
