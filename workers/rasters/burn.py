"""Polygons and lines burnt onto the grid."""

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from workers.rasters.vectors import Geometries
from workers.records.grids import Grid

Bytes = NDArray[np.uint8]


def burn_presence(geometries: Geometries, grid: Grid) -> Bytes:
    """Return 1 where a line or polygon touches the pixel, else 0: uint8 (height, width)."""
    return _burn([(geometry, 1) for geometry in geometries], grid)


def burn_classes(polygons: Geometries, symbols: tuple[str, ...], classes: tuple[str, ...], grid: Grid) -> Bytes:
    """Return the position of each pixel's map unit in `classes`, counted from 1, and 0 outside: uint8 (height, width).

    A pixel belongs to every unit that touches it; of several, the one that stands first in `classes` wins, so the
    narrow young deposits are not covered by the residuum around them.
    """
    values = [classes.index(symbol) + 1 for symbol in symbols]
    ordered = sorted(zip(polygons, values, strict=True), key=lambda pair: -pair[1])
    return _burn(ordered, grid)


def _burn(shapes: list[tuple[object, int]], grid: Grid) -> Bytes:
    size = (grid.height, grid.width)
    if not shapes:
        return np.zeros(size, np.uint8)
    burnt: Bytes = rasterize(
        shapes, out_shape=size, transform=Affine(*grid.transform), fill=0, all_touched=True, dtype="uint8"
    )
    return burnt
