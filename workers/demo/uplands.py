"""What rivers did not touch: gentle swells and closed sinks of soluble rock."""

import numpy as np
from numpy.random import Generator

from workers.demo.lattice import Array, Lattice, slope_degrees
from workers.demo.noise import blur, smooth_noise

SQUARE_MILE = 5280.0**2


def roughen_uplands(elevation: Array, lattice: Lattice, rng: Generator) -> Array:
    """Return the elevation with swells of a few feet, fading out on slopes."""
    swells = 3.6 * smooth_noise(rng, lattice.shape, 1000.0 / lattice.cell) + 1.1 * smooth_noise(
        rng, lattice.shape, 380.0 / lattice.cell
    )
    flat = blur(np.exp(-((slope_degrees(elevation, lattice.cell) / 9.0) ** 2)), 4.0)
    rolled: Array = elevation + swells * flat
    return rolled


def open_sinks(elevation: Array, lattice: Lattice, rng: Generator, *, per_square_mile: float, depth: float) -> Array:
    """Return the elevation with bowls on gentle ground, clustered as joints cluster them; `depth` in feet is that of
    a middling one.
    """
    left, bottom, right, top = lattice.bounds
    slope = slope_degrees(blur(elevation, 2.0), lattice.cell)
    favoured = smooth_noise(rng, lattice.shape, 2500.0 / lattice.cell)
    sunk = elevation.copy()
    for _ in range(round(2.0 * per_square_mile * (right - left) * (top - bottom) / SQUARE_MILE)):
        row, column = (int(rng.integers(n)) for n in lattice.shape)
        radius = float(np.exp(rng.normal(np.log(95.0), 0.35)))
        if slope[row, column] < 5.5 and favoured[row, column] > rng.normal(0.0, 0.6):
            _sink(
                sunk, lattice, (row, column), radius, min(depth * radius / 95.0 * rng.uniform(0.5, 1.4), 0.16 * radius)
            )
    return sunk


def _sink(elevation: Array, lattice: Lattice, centre: tuple[int, int], radius: float, depth: float) -> None:
    reach = int(2.2 * radius / lattice.cell) + 1
    rows, columns = (
        slice(max(c - reach, 0), min(c + reach + 1, n)) for c, n in zip(centre, elevation.shape, strict=True)
    )
    dy, dx = np.ogrid[rows, columns]
    dy, dx = dy - centre[0], dx - centre[1]
    elevation[rows, columns] -= depth * np.exp(-((dx**2 + dy**2) * (lattice.cell / radius) ** 2))
