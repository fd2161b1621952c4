"""Which cells lie near a line, and near which of its points."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from workers.demo.evolution import Indices
from workers.demo.lattice import Array, Lattice

COARSE = 8


@dataclass(frozen=True)
class Near:
    """Flat indices of cells within reach, their distance in feet, and the index of the nearest point."""

    cells: Indices
    distance: Array
    point: Indices


def cells_near(lattice: Lattice, x: Array, y: Array, reach: float) -> Near:
    """Return the cells of `lattice` whose centre is within `reach` feet of one of the points."""
    tree = cKDTree(np.column_stack([x, y]))
    rows, columns = _candidates(lattice, tree, reach)
    axis_x, axis_y = lattice.centres()
    distance, point = tree.query(np.column_stack([axis_x[columns], axis_y[rows]]), distance_upper_bound=reach)
    hit = np.isfinite(distance)
    return Near((rows * lattice.width + columns)[hit], distance[hit], point[hit])


def _candidates(lattice: Lattice, tree: cKDTree, reach: float) -> tuple[Indices, Indices]:
    """Return rows and columns of the cells in blocks that may come within reach."""
    side = COARSE * lattice.cell
    height, width = -(-lattice.height // COARSE), -(-lattice.width // COARSE)
    x = lattice.left + (np.arange(width) + 0.5) * side
    y = lattice.top - (np.arange(height) + 0.5) * side
    centres = np.stack(np.meshgrid(x, y), axis=-1)
    close = np.isfinite(tree.query(centres, distance_upper_bound=reach + 0.75 * side)[0])
    down, right = np.indices((COARSE, COARSE)).reshape(2, -1)
    rows, columns = (
        (COARSE * block[:, None] + step).ravel() for block, step in zip(np.nonzero(close), (down, right), strict=True)
    )
    inside = (rows < lattice.height) & (columns < lattice.width)
    return rows[inside], columns[inside]
