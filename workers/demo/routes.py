"""Roads and railways that look for gentle ground, with the grade line they were built to."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from workers.demo.character import Route
from workers.demo.evolution import Indices
from workers.demo.lattice import Array, Lattice, Mask

SPACING = 10.0
RULING_GRADE = {"road": 0.06, "highway": 0.04, "railway": 0.012}
EASING = {"road": 180.0, "highway": 420.0, "railway": 600.0}
HALF_CREST = {"road": 13.0, "highway": 26.0, "railway": 11.0}
ABOVE_FLOOR = {"road": 2.5, "highway": 7.0, "railway": 9.0}


@dataclass(frozen=True)
class Track:
    """A built route: x, y and the elevation of its crest in feet, at points 10 ft apart."""

    route: Route
    x: Array
    y: Array
    crest: Array


def lay_tracks(elevation: Array, floor: Mask, river: Mask, lattice: Lattice, routes: tuple[Route, ...]) -> list[Track]:
    """Return each route along its cheapest way over the lattice, eased, its crest smoothed and kept above valley
    floors.

    `elevation` in feet, valley `floor` and the bed of the `river`, which is crossed but not followed, are on the
    lattice.
    """
    return [_lay(elevation, floor, river, lattice, route) for route in routes]


def _lay(elevation: Array, floor: Mask, river: Mask, lattice: Lattice, route: Route) -> Track:
    cells = _cheapest(elevation, river, lattice, route)
    columns, rows = lattice.centres()
    sigma = EASING[route.kind] / lattice.cell * 0.6
    row, column = np.divmod(cells, lattice.width)
    x, y = (ndimage.gaussian_filter1d(values, sigma, mode="nearest") for values in (columns[column], rows[row]))
    reach = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.arange(0.0, reach[-1], SPACING)
    x, y = np.interp(at, reach, x), np.interp(at, reach, y)
    return Track(route, x, y, _crest(elevation, floor, lattice, route, x, y))


def _crest(elevation: Array, floor: Mask, lattice: Lattice, route: Route, x: Array, y: Array) -> Array:
    sigma = EASING[route.kind] / SPACING
    ground = lattice.sample(elevation, x, y)
    wet = lattice.sample(floor.astype(float), x, y)
    least = ground + ABOVE_FLOOR[route.kind] * wet
    eased = ndimage.gaussian_filter1d(least, sigma, mode="nearest")
    crest: Array = ndimage.gaussian_filter1d(
        np.maximum(eased, np.where(wet > 0.5, least, eased)), sigma / 3, mode="nearest"
    )
    return crest + 0.6


def _cheapest(elevation: Array, river: Mask, lattice: Lattice, route: Route) -> Indices:
    start, end = (_cell(lattice, place) for place in (route.start, route.end))
    graph = _graph(elevation, river, lattice, RULING_GRADE[route.kind])
    before = dijkstra(graph, indices=start, return_predecessors=True)[1]
    path = [end]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1], dtype=np.intp)


def _cell(lattice: Lattice, place: tuple[float, float]) -> int:
    column = min(int(place[0] * lattice.width), lattice.width - 1)
    row = min(int((1.0 - place[1]) * lattice.height), lattice.height - 1)
    return row * lattice.width + column


def _graph(elevation: Array, river: Mask, lattice: Lattice, ruling: float) -> coo_array:
    """Return the cost of every step to one of 16 neighbours: its length, times one plus the square of grade over
    ruling grade, plus that of bridges.
    """
    dear = 8.0 * river.ravel()
    index = np.arange(elevation.size).reshape(lattice.shape)
    sources, targets, costs = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (2, -1), (1, -2)):
        here, there = _shifted(index, down, right)
        length = lattice.cell * np.hypot(down, right)
        grade = np.abs(elevation.ravel()[here] - elevation.ravel()[there]) / length
        cost = length * (1.0 + (grade / ruling) ** 2 + dear[here] + dear[there])
        sources += [here, there]
        targets += [there, here]
        costs += [cost, cost]
    parts = (np.concatenate(costs), (np.concatenate(sources), np.concatenate(targets)))
    return coo_array(parts, shape=(index.size, index.size)).tocsr()


def _shifted(index: Indices, down: int, right: int) -> tuple[Indices, Indices]:
    height, width = index.shape
    here = index[: height - down, max(-right, 0) : width - max(right, 0)]
    there = index[down:, max(right, 0) : width - max(-right, 0)]
    return here.ravel(), there.ravel()
