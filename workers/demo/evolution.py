"""The landscape before people: rivers that cut down, slopes that creep, beds that resist."""

from dataclasses import dataclass

import numpy as np
from landlab import RasterModelGrid
from landlab.components import FastscapeEroder, FlowAccumulator, LinearDiffuser
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from workers.demo.character import Character, Relief, Trunk
from workers.demo.lattice import Array, Lattice
from workers.demo.noise import fractal_noise

Indices = NDArray[np.intp]

STEPS = 140
AREA_EXPONENT = 0.45


@dataclass(frozen=True)
class Landscape:
    """Elevation in feet, drainage area in square feet and the flat index of the cell each cell drains to, on a
    lattice; row 0 is north.

    Cells of the trunk drain to themselves; `trunk` holds their flat indices in downstream order.
    """

    lattice: Lattice
    elevation: Array
    area: Array
    receiver: Indices
    trunk: Indices


def evolve(character: Character, lattice: Lattice, rng: Generator) -> Landscape:
    """Lower the trunk by the region's incision and let stream power (Fastscape) and creep (linear diffusion) follow,
    with landlab.
    """
    trunk = trunk_cells(character.trunk, lattice)
    grade = -character.trunk.fall * np.linspace(0.0, 1.0, trunk.size)
    grid = RasterModelGrid(lattice.shape, xy_spacing=lattice.cell)
    z = grid.add_field("topographic__elevation", _flip(_before(character, lattice, trunk, rng)), at="node")
    nodes = _flipped(trunk, lattice)
    grid.set_closed_boundaries_at_grid_edges(True, True, True, True)
    grid.status_at_node[nodes] = grid.BC_NODE_IS_FIXED_VALUE
    resistance = _flip(fractal_noise(rng, lattice.shape, 40.0))
    grid.add_zeros("erodibility", at="node")
    flow = FlowAccumulator(grid, flow_director="FlowDirectorD8")
    rivers = FastscapeEroder(grid, K_sp="erodibility", m_sp=AREA_EXPONENT, n_sp=1.0)
    creep = LinearDiffuser(grid, linear_diffusivity=character.relief.creep)
    level = character.relief.summit - character.relief.upland
    for step in range(1, STEPS + 1):
        z[nodes] = level + grade - character.relief.incision * step / STEPS
        grid.at_node["erodibility"][:] = _erodibility(z, resistance, character.relief)
        flow.run_one_step()
        rivers.run_one_step(1.0 / STEPS)
        creep.run_one_step(1.0 / STEPS)
    flow.run_one_step()
    return _landscape(grid, lattice, trunk)


def _before(character: Character, lattice: Lattice, trunk: Indices, rng: Generator) -> Array:
    """Return the rolling upland before the rivers cut in: it falls gently to the course of the trunk."""
    relief = character.relief
    distance = _distance_to(trunk, lattice)
    roll = fractal_noise(rng, lattice.shape, 4000.0 / lattice.cell, octaves=6, gain=0.6)
    fall = relief.upland * (1.0 - np.exp(-distance / 3500.0))
    elevation: Array = relief.summit - relief.upland + fall + relief.roll * roll * np.clip(distance / 1500.0, 0.03, 1.0)
    return elevation


def trunk_course(trunk: Trunk, lattice: Lattice) -> tuple[Array, Array]:
    """Return x and y, in feet, of points along the trunk in downstream order."""
    t = np.linspace(0.0, 1.0, 3000)
    (x0, y0), (x1, y1) = trunk.start, trunk.end
    taper = np.minimum(1.0, 8.0 * np.minimum(t, 1.0 - t))
    bends = np.sin(2 * np.pi * trunk.bends * t + 0.7) + 0.3 * np.sin(2 * np.pi * 2.3 * trunk.bends * t)
    offset = trunk.swing * taper * bends
    length = np.hypot(x1 - x0, y1 - y0)
    left, bottom, right, top = lattice.bounds
    x = left + (right - left) * (x0 + (x1 - x0) * t - (y1 - y0) / length * offset)
    y = bottom + (top - bottom) * (y0 + (y1 - y0) * t + (x1 - x0) / length * offset)
    return x, y


def trunk_cells(trunk: Trunk, lattice: Lattice) -> Indices:
    """Return the flat indices of the cells that the trunk runs through, each once, in downstream order."""
    rows, columns = lattice.fraction_of(*trunk_course(trunk, lattice))
    row = np.clip(np.rint(rows), 0, lattice.height - 1).astype(np.intp)
    column = np.clip(np.rint(columns), 0, lattice.width - 1).astype(np.intp)
    cells, first = np.unique(row * lattice.width + column, return_index=True)
    ordered: Indices = cells[np.argsort(first)]
    return ordered


def _distance_to(cells: Indices, lattice: Lattice) -> Array:
    away = np.ones(lattice.shape, dtype=bool)
    away.ravel()[cells] = False
    distance: Array = ndimage.distance_transform_edt(away, sampling=lattice.cell)
    return distance


def _erodibility(elevation: Array, resistance: Array, relief: Relief) -> Array:
    """Return K: the region's, reduced in hard beds, which lie level but for a gentle warp."""
    depth = (relief.summit - elevation + 6.0 * resistance) / relief.incision
    hard = np.zeros(depth.shape, dtype=bool)
    for top, bottom in relief.hard_beds:
        hard |= (depth > top) & (depth < bottom)
    erodibility: Array = relief.erodibility * np.where(hard, relief.hard, 1.0)
    return erodibility


def _landscape(grid: RasterModelGrid, lattice: Lattice, trunk: Indices) -> Landscape:
    def north_first(values: Array) -> Array:
        return np.flipud(values.reshape(lattice.shape)).copy()

    southern = grid.at_node["flow__receiver_node"].reshape(lattice.shape)
    receiver = _flipped(np.flipud(southern).ravel(), lattice)
    elevation = north_first(grid.at_node["topographic__elevation"])
    _fill_edges(elevation)
    return Landscape(lattice, elevation, north_first(grid.at_node["drainage_area"]), receiver, trunk)


def _fill_edges(elevation: Array) -> None:
    """Give the closed edge, which does not erode, the elevation of its neighbours."""
    elevation[0], elevation[-1] = elevation[1], elevation[-2]
    elevation[:, 0], elevation[:, -1] = elevation[:, 1], elevation[:, -2]


def _flip(values: Array) -> Array:
    return np.flipud(values).ravel().copy()


def _flipped(cells: Indices, lattice: Lattice) -> Indices:
    """Turn flat indices that count rows from the north into such that count from the south (landlab's), or back."""
    row, column = np.divmod(cells, lattice.width)
    return (lattice.height - 1 - row) * lattice.width + column
