"""Map units from what the landscape's processes have left, as a geologist would draw them: smooth lines, no specks."""

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from rasterio.features import shapes, sieve
from rasterio.transform import Affine
from shapely.geometry import shape

from workers.demo.footslopes import STEEP
from workers.demo.lattice import Array, Lattice, Mask, refine, slope_degrees
from workers.demo.noise import blur, smooth_noise
from workers.demo.valleys import Valley
from workers.records.map_units import MAP_UNITS

VALUES = {unit.symbol: unit.mask_value for unit in MAP_UNITS}
SMALLEST = 22_000.0
SMALLEST_FILL = 1500.0
TOLERANCE = 9.0


def classify(
    elevation: Array, lattice: Lattice, valley: Valley, fans: Mask, aprons: Mask, rng: Generator
) -> NDArray[np.uint8]:
    """Return the mask value of the natural map unit of each cell, uint8."""
    slope = slope_degrees(blur(elevation, 2.0), lattice.cell)
    judgement = 0.8 * smooth_noise(rng, lattice.shape, 700.0 / lattice.cell)
    units = np.full(lattice.shape, VALUES["Qr"], dtype=np.uint8)
    units[slope > STEEP - 0.5 + judgement] = VALUES["Qc"]
    units[aprons] = VALUES["Qca"]
    units[valley.terrace & ~aprons] = VALUES["Qat"]
    units[valley.floor & ~aprons] = VALUES["Qal"]
    units[fans] = VALUES["Qaf"]
    return units


def generalise(units: NDArray[np.uint8], lattice: Lattice, fill: Mask) -> NDArray[np.uint8]:
    """Return the units on cells half as large, boundaries rounded, specks given to their neighbours, with the fill
    of `fill` (on those cells) laid over.
    """
    best = np.full(fill.shape, -1.0)
    drawn = np.zeros(fill.shape, dtype=np.uint8)
    for value in np.unique(units):
        weight = refine(blur((units == value).astype(float), 1.1), 2, order=1)
        drawn[weight > best] = value
        best = np.maximum(best, weight)
    cell = lattice.cell / 2
    drawn = sieve(drawn, int(SMALLEST / cell**2))
    drawn[fill] = VALUES["af1"]
    cleaned: NDArray[np.uint8] = sieve(drawn, int(SMALLEST_FILL / cell**2))
    return cleaned


def polygons(units: NDArray[np.uint8], lattice: Lattice) -> tuple[list[str], NDArray[np.object_]]:
    """Return symbols and polygons (lattice's CRS) that cover the lattice without gap or overlap, lines simplified to
    9 ft.
    """
    outlines = [
        shape(geometry).boundary for geometry, _ in shapes(units, transform=Affine(*lattice.transform), connectivity=4)
    ]
    # Noded first: where three units meet, the polygon with the straight side has no vertex, and simplifying would
    # open a gap.
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.unary_union(outlines))))
    inside = shapely.point_on_surface(faces)
    rows, columns = lattice.fraction_of(shapely.get_x(inside), shapely.get_y(inside))
    values = units[np.rint(rows).astype(np.intp), np.rint(columns).astype(np.intp)]
    names = {unit.mask_value: unit.symbol for unit in MAP_UNITS}
    simple: NDArray[np.object_] = shapely.coverage_simplify(faces, TOLERANCE, simplify_boundary=False)
    return [names[int(value)] for value in values], simple
