"""The grid of a region: from bounds, from the mapped area or from the rasters, snapped to whole pixels."""

import math

import numpy as np
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection

from workers.errors import InvalidInput
from workers.rasters.intake import SourceRaster, bounds_in
from workers.records.crs import checked_crs
from workers.records.grids import Grid
from workers.records.region_checks import check_pixel_size
from workers.records.regions import GridSpec

Bounds = tuple[float, float, float, float]

MOST_PIXELS = 1 << 28
_EXACT = 1e-6  # of a pixel
_FARTHEST_NORTH = 85.0  # degrees, of Web Mercator


def make_grid(spec: GridSpec, *, mapped: Bounds | None, buffer: float, rasters: tuple[SourceRaster, ...]) -> Grid:
    """Return the grid asked for.

    Bounds come from the specification (left and top are kept, right and bottom moved out to whole pixels), else from
    the bounds of the mapped area plus `buffer`, else from the extent of the rasters; the last two are moved out to the
    lattice of the first raster that has the grid's CRS and pixel size, or to whole multiples of the pixel size.

    Raises:
        InvalidInput: a CRS in degrees, no bounds from anywhere, or a grid that is empty or too large.
    """
    crs, size = checked_crs(spec.crs), spec.pixel_size
    check_pixel_size(size)
    if spec.bounds is not None:
        return _from_corner(crs, size, spec.bounds)
    if mapped is not None:
        wanted = (mapped[0] - buffer, mapped[1] - buffer, mapped[2] + buffer, mapped[3] + buffer)
    elif rasters:
        wanted = _hull([bounds_in(raster, crs) for raster in rasters])
    else:
        raise InvalidInput(
            "grid.bounds: without map units and rasters the region has no extent of its own; give its bounds"
        )
    return _from_corner(crs, size, _snapped(wanted, size, _lattice_corner(crs, size, rasters)))


def _hull(boxes: list[Bounds]) -> Bounds:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (min(lefts), min(bottoms), max(rights), max(tops))


def _lattice_corner(crs: str, size: float, rasters: tuple[SourceRaster, ...]) -> tuple[float, float]:
    for raster in rasters:
        if CRS.from_user_input(raster.crs) == CRS.from_user_input(crs) and math.isclose(
            raster.pixel_size[0], size, rel_tol=1e-9
        ):
            return (raster.bounds[0], raster.bounds[3])
    return (0.0, 0.0)


def _snapped(box: Bounds, size: float, corner: tuple[float, float]) -> Bounds:
    def outward(value: float, origin: float, sign: int) -> float:
        return origin + sign * math.ceil(sign * (value - origin) / size - _EXACT) * size

    x, y = corner
    return (outward(box[0], x, -1), outward(box[1], y, -1), outward(box[2], x, 1), outward(box[3], y, 1))


def _from_corner(crs: str, size: float, box: Bounds) -> Grid:
    left, bottom, right, top = box
    if not all(map(math.isfinite, box)) or right <= left or top <= bottom:
        raise InvalidInput(f"grid.bounds: {box} has no area; the order is left, bottom, right, top")
    if max(right - left, top - bottom) > MOST_PIXELS * size:
        raise InvalidInput(f"grid: more than {MOST_PIXELS:,} pixels across; choose smaller bounds or larger pixels")
    width, height = (math.ceil(length / size - _EXACT) for length in (right - left, top - bottom))
    if width * height > MOST_PIXELS:
        raise InvalidInput(
            f"grid: {width} x {height} pixels are more than {MOST_PIXELS:,}; choose smaller bounds or larger pixels"
        )
    return _placed(Grid(crs, left, top, size, width, height))


def _placed(grid: Grid) -> Grid:
    """Where a CRS is not defined, its corners come back from degrees as others, if they come back at all."""
    left, bottom, right, top = grid.bounds
    corners = np.array([(left, bottom), (left, top), (right, top), (right, bottom)]).T
    to_degrees = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    east, north = to_degrees.transform(*corners)
    back = np.array(to_degrees.transform(east, north, direction=TransformDirection.INVERSE))
    if not np.abs(back - corners).max() <= max(grid.pixel_size, 1.0):
        raise InvalidInput(f"grid.bounds: {grid.bounds} lies where {grid.crs} is not defined")
    if np.abs(north).max() > _FARTHEST_NORTH:
        raise InvalidInput(
            f"grid.bounds: {grid.bounds} of {grid.crs} reaches beyond {_FARTHEST_NORTH} degrees of latitude, where "
            "maps of the web end"
        )
    return grid
