"""The grid of a region: from bounds, from the mapped area or from the rasters, snapped to whole pixels."""

import math

import numpy as np
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection

from workers.errors import InvalidInput
from workers.rasters.intake import SourceRaster, bounds_in
from workers.records.crs import checked_crs
from workers.records.grids import Grid
from workers.records.region_checks import check_bounds, check_pixel_size
from workers.records.regions import GridSpec

Bounds = tuple[float, float, float, float]

MOST_PIXELS = 1 << 28
_EXACT = 1e-6  # of a pixel
_FARTHEST_NORTH = 85.0  # degrees, of Web Mercator


def make_grid(spec: GridSpec, *, mapped: Bounds | None, buffer: float, rasters: tuple[SourceRaster, ...]) -> Grid:
    """Return the grid asked for.

    It covers the bounds of the specification, else those of the mapped area, with `buffer` around, so that windows have
    ground to look at beyond the edge; else the extent of the rasters. It is moved out to the lattice of the first
    raster that has the grid's CRS and pixel size, so that its pixels are taken as they are; without one to the lattice
    of the specified corner, or to whole multiples of the pixel size.

    Raises:
        InvalidInput: a CRS in degrees, no bounds from anywhere, or a grid that is empty or too large.
    """
    crs, size = checked_crs(spec.crs), spec.pixel_size
    check_pixel_size(size)
    if spec.bounds is not None:
        check_bounds(spec.bounds)
    if region := spec.bounds or mapped:
        wanted = (region[0] - buffer, region[1] - buffer, region[2] + buffer, region[3] + buffer)
    elif rasters:
        wanted = _hull([bounds_in(raster, crs) for raster in rasters])
    else:
        raise InvalidInput(
            "grid.bounds: without map units and rasters the region has no extent of its own; give its bounds"
        )
    if max(wanted[2] - wanted[0], wanted[3] - wanted[1]) > MOST_PIXELS * size:
        raise InvalidInput(f"grid: more than {MOST_PIXELS:,} pixels across; choose smaller bounds or larger pixels")
    corner = _lattice_corner(crs, size, rasters) or (_corner_of(spec.bounds) if spec.bounds else (0.0, 0.0))
    return _from_corner(crs, size, _snapped(wanted, size, corner))


def _corner_of(bounds: Bounds) -> tuple[float, float]:
    return (bounds[0], bounds[3])


def _hull(boxes: list[Bounds]) -> Bounds:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (min(lefts), min(bottoms), max(rights), max(tops))


def _lattice_corner(crs: str, size: float, rasters: tuple[SourceRaster, ...]) -> tuple[float, float] | None:
    for raster in rasters:
        if CRS.from_user_input(raster.crs) == CRS.from_user_input(crs) and math.isclose(
            raster.pixel_size[0], size, rel_tol=1e-9
        ):
            return _corner_of(raster.bounds)
    return None


def _snapped(box: Bounds, size: float, corner: tuple[float, float]) -> Bounds:
    def outward(value: float, origin: float, sign: int) -> float:
        return origin + sign * math.ceil(sign * (value - origin) / size - _EXACT) * size

    x, y = corner
    return (outward(box[0], x, -1), outward(box[1], y, -1), outward(box[2], x, 1), outward(box[3], y, 1))


def _from_corner(crs: str, size: float, box: Bounds) -> Grid:
    left, bottom, right, top = box
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
