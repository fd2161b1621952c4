"""Valley floors and terraces along the streams."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import ndimage
from scipy.spatial import cKDTree

from workers.demo.drainage import Stream
from workers.demo.lattice import Array, Lattice, Mask
from workers.demo.noise import blur, smooth_noise

FLOOR_AREA = 2.4e6
FAR = 1.0e5
TERRACE_AREA = 2.0e7
WALL = np.tan(np.radians(27.0))
RISER = np.tan(np.radians(17.0))


@dataclass(frozen=True)
class Valley:
    """For each cell, the stream in whose valley it lies: distance in feet, half width of the floor there, floor
    elevation, drainage area.

    Cells far from every stream have a distance of `FAR`. `floor` and `terrace` mark what the stream has made.
    """

    distance: Array
    half_width: Array
    level: Array
    area: Array
    floor: Mask
    terrace: Mask


def half_width_of(area: Array) -> Array:
    """Return the half width in feet of the floor that a stream of this drainage area keeps."""
    width: Array = 34.0 * (area / FLOOR_AREA) ** 0.335
    return width


def carve_valleys(
    elevation: Array, lattice: Lattice, streams: list[Stream], rng: Generator, *, terrace_height: float
) -> tuple[Array, Valley]:
    """Return the elevation with floors planed, valleys filled to them, terraces left and walls cut, and what was
    made where.
    """
    distance, half_width, zc, area, side = _nearest_streams(lattice, streams, rng)
    ratio = distance / half_width
    depth = _valley_depth(elevation, lattice)
    bank = np.minimum(2.5, 0.15 * depth)
    level = zc + bank * (1.0 + np.minimum(ratio, 1.5) ** 2)
    steps = _terrace_steps(lattice, ratio, area, side, rng)
    tread = level + terrace_height * (area / 1e9).clip(0.12, 1.0) ** 0.18
    outer = np.where(steps > 1.0, steps, 1.0) * half_width
    bench = level + np.minimum(RISER * (distance - half_width).clip(0.0), tread - level)
    surface = np.where(steps > 1.0, bench, level)
    wall = surface + WALL * (distance - outer).clip(0.0)
    inside = distance < outer
    filled = ~inside & (elevation < level) & (ratio < 2.2)
    shaped = np.where(inside | filled, surface, np.minimum(elevation, wall))
    high = inside & (steps > 1.0) & (surface > level + 0.6 * (tread - level))
    floor = ((inside & ~high) | filled) & (depth > 7.0)
    return _softened(shaped, elevation), Valley(distance, half_width, level, area, floor, high)


def _valley_depth(elevation: Array, lattice: Lattice) -> Array:
    """Return how far the land within 300 ft rises above each cell, in feet, smoothed."""
    reach = 2 * round(300.0 / lattice.cell) + 1
    depth: Array = blur(ndimage.maximum_filter(elevation, reach, mode="nearest") - elevation, 4.0)
    return depth


def _softened(shaped: Array, before: Array) -> Array:
    """Round the edges of what was cut and filled by creep, leave the rest as it was."""
    touched = blur((np.abs(shaped - before) > 0.2).astype(float), 2.0)
    weight = np.clip(2.0 * touched, 0.0, 1.0)
    return weight * blur(shaped, 1.2) + (1.0 - weight) * shaped


def _terrace_steps(lattice: Lattice, ratio: Array, area: Array, side: Array, rng: Generator) -> Array:
    """Return the outer edge of the terrace as a multiple of the floor's half width, 1 where there is none."""
    left, right = (smooth_noise(rng, lattice.shape, 1800.0 / lattice.cell) for _ in range(2))
    chance = np.where(side > 0, left, right)
    reach = 1.0 + np.clip(0.9 * (chance + 0.1), 0.0, 1.0)
    steps: Array = np.where((area > TERRACE_AREA) & (reach > 1.25) & (ratio < 4.0), reach, 1.0)
    return steps


def _nearest_streams(
    lattice: Lattice, streams: list[Stream], rng: Generator
) -> tuple[Array, Array, Array, Array, Array]:
    """Return distance, half width, channel elevation, drainage area and side of the stream that governs each cell.

    A stream governs where distance over half width is least; streams are searched in classes of like size, since one
    search finds the nearest only.
    """
    x, y = (part.ravel() for part in np.meshgrid(*lattice.centres()))
    sway = 1.0 + 0.28 * smooth_noise(rng, lattice.shape, 900.0 / lattice.cell).clip(-2, 2).ravel()
    best = [np.full(x.size, value) for value in (FAR, 1.0, 0.0, 1.0, 0.0)]
    for points in _by_size(streams):
        points[:, 2] = _not_below_floor(lattice, points, best)
        near, index = cKDTree(points[:, :2]).query(
            np.column_stack([x, y]), distance_upper_bound=4.0 * points[:, 5].max()
        )
        hit = np.flatnonzero(np.isfinite(near) & (best[0] > best[1]))  # a greater stream keeps its floor
        chosen = points[index[hit]]
        half = chosen[:, 5] * sway[hit]
        closer = near[hit] / half < best[0][hit] / best[1][hit]
        cells, chosen = hit[closer], chosen[closer]
        cross = (x[cells] - chosen[:, 0]) * chosen[:, 4] - (y[cells] - chosen[:, 1]) * chosen[:, 3]
        for values, new in zip(
            best, (near[cells], half[closer], chosen[:, 2], chosen[:, 6], np.sign(cross)), strict=True
        ):
            values[cells] = new
    distance, half, zc, area, side = (values.reshape(lattice.shape) for values in best)
    return distance, half, zc, area, side


def _not_below_floor(lattice: Lattice, points: Array, best: list[Array]) -> Array:
    """Return z of a smaller stream's points, raised to the greater stream's where they lie on its floor."""
    rows, columns = (np.rint(part).astype(np.intp) for part in lattice.fraction_of(points[:, 0], points[:, 1]))
    rows, columns = rows.clip(0, lattice.height - 1), columns.clip(0, lattice.width - 1)
    distance, half, zc = (values.reshape(lattice.shape)[rows, columns] for values in best[:3])
    raised: Array = np.where(distance < 1.1 * half, np.maximum(points[:, 2], zc + 1.0), points[:, 2])
    return raised


def _by_size(streams: list[Stream]) -> list[Array]:
    """Return rows of x, y, z, tangent x, tangent y, half width, area, in classes by area, the greatest first."""
    rows = np.concatenate([_rows(stream) for stream in streams])
    rows = rows[rows[:, 6] > FLOOR_AREA]
    edges = [np.inf, 1e8, 2e7, 6e6, FLOOR_AREA]
    classes = [rows[(rows[:, 6] >= low) & (rows[:, 6] < high)] for high, low in itertools.pairwise(edges)]
    return [members for members in classes if len(members)]


def _rows(stream: Stream) -> Array:
    tangent = np.gradient(stream.x), np.gradient(stream.y)
    return np.column_stack([stream.x, stream.y, stream.z, *tangent, half_width_of(stream.area), stream.area])
