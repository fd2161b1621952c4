"""Streams as lines with elevation and drainage area, out of the cells that water crosses."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from workers.demo.character import Trunk
from workers.demo.evolution import Indices, Landscape, trunk_course
from workers.demo.lattice import Array, Lattice
from workers.demo.noise import smooth_noise

HEAD_AREA = 9.0e5
SPACING = 20.0


@dataclass(frozen=True)
class Stream:
    """A stream from its head to where it ends: x, y, z in feet and drainage area in square feet, at points about 20
    ft apart.
    """

    x: Array
    y: Array
    z: Array
    area: Array
    trunk: bool = False


@dataclass(frozen=True)
class Warp:
    """A gentle displacement that hides the eight directions of the lattice; dx, dy in feet."""

    lattice: Lattice
    dx: Array
    dy: Array

    def apply(self, values: Array, target: Lattice) -> Array:
        """Return `values` of the warp's lattice on `target`, displaced."""
        x, y = np.meshgrid(*target.centres())
        shift_x, shift_y = (self.lattice.sample(d, x, y) for d in (self.dx, self.dy))
        return self.lattice.sample(values, x + shift_x, y + shift_y, order=3)

    def move(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return where points of the undisplaced landscape come to lie (fixed-point iteration)."""
        moved_x, moved_y = x, y
        for _ in range(4):
            shift_x, shift_y = (self.lattice.sample(d, moved_x, moved_y) for d in (self.dx, self.dy))
            moved_x, moved_y = x - shift_x, y - shift_y
        return moved_x, moved_y


def make_warp(lattice: Lattice, rng: Generator) -> Warp:
    """Return a displacement of about 60 ft, too smooth to fold."""

    def component() -> Array:
        wide, narrow = (smooth_noise(rng, lattice.shape, length / lattice.cell) for length in (700.0, 300.0))
        both: Array = 45.0 * wide + 14.0 * narrow
        return both

    return Warp(lattice, component(), component())


def trace_streams(landscape: Landscape, trunk: Trunk, warp: Warp) -> list[Stream]:
    """Return the trunk and every tributary whose drainage area passes `HEAD_AREA`, longest first after the trunk."""
    paths = _paths(landscape)
    streams = [_trunk_stream(landscape, trunk, warp)]
    return streams + [_stream(landscape, path, warp) for path in paths if len(path) > 3]


def _paths(landscape: Landscape) -> list[list[int]]:
    area = landscape.area.ravel()
    channel = area > HEAD_AREA
    taken = np.zeros(area.size, dtype=bool)
    taken[landscape.trunk] = True
    heads = _heads(landscape.receiver, channel)
    routes = sorted((_downstream(landscape.receiver, int(head)) for head in heads), key=len, reverse=True)
    return [_until_taken(route, taken) for route in routes]


def _heads(receiver: Indices, channel: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Indices:
    fed = np.zeros(receiver.size, dtype=bool)
    upstream = np.flatnonzero(channel & (receiver != np.arange(receiver.size)))
    fed[receiver[upstream]] = True
    return np.flatnonzero(channel & ~fed)


def _downstream(receiver: Indices, head: int) -> list[int]:
    route = [head]
    while receiver[route[-1]] != route[-1]:
        route.append(int(receiver[route[-1]]))
    return route


def _until_taken(route: list[int], taken: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[int]:
    """Return the route up to and including the first cell of another stream, and take its cells."""
    kept = []
    for cell in route:
        kept.append(cell)
        if taken[cell]:
            break
        taken[cell] = True
    return kept


def _stream(landscape: Landscape, path: list[int], warp: Warp) -> Stream:
    rows, columns = np.divmod(np.array(path), landscape.lattice.width)
    x, y = (axis[index] for axis, index in zip(landscape.lattice.centres(), (columns, rows), strict=True))
    z = np.minimum.accumulate(landscape.elevation.ravel()[path])
    area = np.maximum.accumulate(landscape.area.ravel()[path[:-1]])
    area = np.append(area, area[-1])  # the last cell belongs to the stream that is joined
    return _resampled(*warp.move(_eased(x), _eased(y)), z, area)


def _trunk_stream(landscape: Landscape, trunk: Trunk, warp: Warp) -> Stream:
    x, y = trunk_course(trunk, landscape.lattice)
    z = np.interp(
        np.linspace(0, 1, x.size), np.linspace(0, 1, landscape.trunk.size), landscape.elevation.ravel()[landscape.trunk]
    )
    return _resampled(*warp.move(x, y), np.minimum.accumulate(z), np.full(x.size, trunk.area), trunk=True)


def _eased(values: Array) -> Array:
    """Smooth a coordinate along the line, both ends kept."""
    line = np.linspace(values[0], values[-1], values.size)
    eased: Array = ndimage.gaussian_filter1d(values - line, 1.3, mode="constant") + line
    return eased


def _resampled(x: Array, y: Array, z: Array, area: Array, *, trunk: bool = False) -> Stream:
    reach = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.linspace(0.0, reach[-1], max(int(reach[-1] / SPACING), 2))
    x, y, z = (np.interp(at, reach, values) for values in (x, y, z))
    return Stream(x, y, z, np.exp(np.interp(at, reach, np.log(area))), trunk=trunk)
