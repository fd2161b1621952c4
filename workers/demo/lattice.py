"""Square cells over the made landscape, from coarse to fine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Lattice:
    """Cells of `cell` feet; `left` and `top` are the outer upper left corner, row 0 is the northernmost."""

    left: float
    top: float
    cell: float
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        return (self.height, self.width)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return (left, bottom, right, top) in feet."""
        return (self.left, self.top - self.height * self.cell, self.left + self.width * self.cell, self.top)

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Return the affine coefficients a, b, c, d, e, f as rasterio's `Affine` takes them."""
        return (self.cell, 0.0, self.left, 0.0, -self.cell, self.top)

    def finer(self, cell: float) -> "Lattice":
        """Return the lattice of the same extent with cells of `cell` feet, a divisor of this one's."""
        factor = round(self.cell / cell)
        return Lattice(self.left, self.top, cell, self.width * factor, self.height * factor)

    def coarser(self, cell: float) -> "Lattice":
        """Return the lattice of the same extent with cells of `cell` feet, a multiple of this one's that divides the
        extent.
        """
        factor = round(cell / self.cell)
        return Lattice(self.left, self.top, cell, self.width // factor, self.height // factor)

    def centres(self) -> tuple[Array, Array]:
        """Return x of the columns and y of the rows, in feet."""
        x: Array = self.left + (np.arange(self.width, dtype=np.float64) + 0.5) * self.cell
        y: Array = self.top - (np.arange(self.height, dtype=np.float64) + 0.5) * self.cell
        return x, y

    def fraction_of(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return the fractional row and column whose integers are cell centres."""
        return (self.top - y) / self.cell - 0.5, (x - self.left) / self.cell - 0.5

    def sample(self, values: Array, x: Array, y: Array, *, order: int = 1) -> Array:
        """Return `values` of this lattice interpolated at the points x, y."""
        rows, columns = self.fraction_of(x, y)
        sampled: Array = ndimage.map_coordinates(values, [rows, columns], order=order, mode="nearest")
        return sampled


def refine(values: Array, factor: int, *, order: int = 3) -> Array:
    """Return `values` on cells `factor` times smaller over the same extent, by spline interpolation."""
    fine: Array = ndimage.zoom(values, factor, order=order, mode="nearest", grid_mode=True)
    return fine


def coarsen(values: NDArray[np.float64 | np.bool_], factor: int) -> Array:
    """Return the means of `values` over blocks of `factor` x `factor` cells."""
    rows, columns = values.shape[0] // factor, values.shape[1] // factor
    blocks = values[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    means: Array = blocks.mean(axis=(1, 3))
    return means


def slope_degrees(elevation: Array, cell: float) -> Array:
    """Return the slope in degrees by central differences."""
    south, east = np.gradient(elevation, cell)
    degrees: Array = np.degrees(np.arctan(np.hypot(south, east)))
    return degrees
