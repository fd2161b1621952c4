"""Steps, lines and gaps where source files meet, measured on a finished channel along the edges of its files."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.warp import transform_bounds
from rasterio.windows import Window as RasterWindow

from workers.rasters.intake import SourceRaster
from workers.rasters.qc import is_valid
from workers.rasters.store import Finished
from workers.rasters.terrain.compiled import Tick, no_tick
from workers.records.channels import ChannelKind
from workers.records.grids import Grid
from workers.records.quality import Point, Seam

Floats = NDArray[np.float64]

_MOST_EDGES = 600
_REACH = 30  # pixels to either side that are looked at
_BESIDE = (-24, -18, -12, -6, 6, 12, 18, 24)  # pixels to the parallel lines that tell what is usual
_TIMES_USUAL = 3.0  # of eight medians of noise, the largest is hardly passed threefold by a ninth
_LEAST: dict[ChannelKind, float] = {"continuous": 0.05, "image": 2.0}  # CRS units (lidar is no finer), grey levels
_LEAST_GAP = 0.02  # of an edge
_FEWEST = 32  # samples along an edge
_AT_ONCE = 512
_BEYOND = 0.1  # of the grid's longer side


@dataclass(frozen=True)
class Edge:
    """One side of a source file: its name, points a pixel apart (n, 2), as columns and rows of the grid, and how many
    of the grid's pixels one of the file's spans, at least 1: a step is spread over so many.
    """

    file: str
    points: Floats
    spread: float = 1.0

    def normals(self) -> Floats:
        """Return the direction across the edge at each point: (n, 2), of length 1."""
        along = np.gradient(self.points, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        return np.asarray(across / np.linalg.norm(across, axis=1, keepdims=True))


def inner_edges(files: Sequence[SourceRaster], grid: Grid) -> list[Edge]:
    """Return the sides of source files that run through a grid, those that two files share once, the longest first."""
    found: dict[tuple[int, ...], Edge] = {}
    for file in files:
        for edge in _sides(file, grid):
            ends = sorted(tuple(np.rint(point).astype(int).tolist()) for point in (edge.points[0], edge.points[-1]))
            found.setdefault((*ends[0], *ends[1]), edge)
    return sorted(found.values(), key=lambda edge: -len(edge.points))


def _sides(file: SourceRaster, grid: Grid) -> Iterator[Edge]:
    left, bottom, right, top = _near(file, grid)
    if not (left < right and bottom < top):
        return
    corners = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)]
    to_grid = Transformer.from_crs(file.crs, grid.crs, always_xy=True)
    for start, end in itertools.pairwise(corners):
        points = _pixels(to_grid, start, end, grid)
        inside = ((points >= 1) & (points <= (grid.width - 1, grid.height - 1))).all(axis=1)
        if inside.sum() >= _FEWEST:
            yield Edge(Path(file.path).name, points[inside], _spread(to_grid, file, grid))


def _near(file: SourceRaster, grid: Grid) -> tuple[float, float, float, float]:
    """Return the bounds of a file as far as they lie near the grid: sides of a map of the world have no end in it."""
    left, bottom, right, top = grid.bounds
    beyond = _BEYOND * max(right - left, top - bottom) + 2 * grid.pixel_size
    wide = (left - beyond, bottom - beyond, right + beyond, top + beyond)
    around = transform_bounds(grid.crs, file.crs, *wide, densify_pts=21)
    (west, south), (east, north) = np.maximum(file.bounds[:2], around[:2]), np.minimum(file.bounds[2:], around[2:])
    return float(west), float(south), float(east), float(north)


def _spread(to_grid: Transformer, file: SourceRaster, grid: Grid) -> float:
    left, top, width = file.bounds[0], file.bounds[3], file.pixel_size[0]
    ends = _to_pixels(to_grid, np.array([(left, top), (left + width, top)]), grid)
    return max(1.0, float(np.linalg.norm(ends[1] - ends[0])))


def _pixels(to_grid: Transformer, start: Point, end: Point, grid: Grid) -> Floats:
    """Return points on a straight line of the file's CRS, a pixel of the grid apart, half a one from its ends."""
    ends = _to_pixels(to_grid, np.array([start, end]), grid)
    count = max(2, round(float(np.linalg.norm(ends[1] - ends[0]))))
    share = (np.arange(count) + 0.5)[:, None] / count
    return _to_pixels(to_grid, np.array(start) + share * (np.array(end) - np.array(start)), grid)


def _to_pixels(to_grid: Transformer, points: Floats, grid: Grid) -> Floats:
    x, y = to_grid.transform(points[:, 0], points[:, 1])
    return np.stack([(x - grid.origin_x) / grid.pixel_size, (grid.origin_y - y) / grid.pixel_size], axis=1)


def look_along(
    raster: Finished, files: Sequence[SourceRaster], grid: Grid, tell: Callable[[float, str], None]
) -> list[Seam]:
    """Return the seams of a channel along the edges of the files it comes from, of the longest where they are many;
    `tell` is told the share that is done and in the end a sentence.
    """
    edges = inner_edges(files, grid)
    if not edges:
        return []
    looked_at = edges[:_MOST_EDGES]
    seams = find_seams(raster, looked_at, grid, lambda fraction: tell(fraction, ""))
    of = f"the longest {len(looked_at)} of {len(edges):,}" if len(edges) > len(looked_at) else str(len(edges))
    tell(1.0, f"{raster.channel}: {len(seams)} seams along {of} edges of source files")
    return seams


def find_seams(raster: Finished, edges: Sequence[Edge], grid: Grid, tick: Tick = no_tick) -> list[Seam]:
    """Return the steps, lines and gaps along edges that stand out from what is usual beside them."""
    found: list[Seam] = []
    with rasterio.open(raster.path, driver="GTiff") as dataset:
        for done, edge in enumerate(edges, start=1):
            found += _seams_along(raster, dataset, edge, grid)
            tick(done / len(edges))
    return found


def _seams_along(raster: Finished, dataset: rasterio.DatasetReader, edge: Edge, grid: Grid) -> Iterator[Seam]:
    profile = across(dataset, edge)
    start, end = (_on_ground(point, grid) for point in (edge.points[0], edge.points[-1]))
    for kind, measure in _MEASURES.items():
        here = _median(measure(profile, 0))
        beside = [_median(measure(profile, shift)) for shift in _BESIDE]
        usual = max((abs(size) for size in beside if not math.isnan(size)), default=math.inf)
        if abs(here) > max(_LEAST[raster.kind], _quantum(profile), _TIMES_USUAL * usual):
            yield Seam(raster.channel, edge.file, kind, here, usual, start, end)
    if (share := _missing_share(profile)) > _LEAST_GAP:
        yield Seam(raster.channel, edge.file, "gap", share, 0.0, start, end)


def across(dataset: rasterio.DatasetReader, edge: Edge) -> Floats:
    """Return the values on lines across an edge: (points, 2 x 30), at -29.5 to 29.5 pixels of the grid or, where those
    are larger, of the file, NaN where missing.
    """
    steps = (np.arange(-_REACH, _REACH) + 0.5) * edge.spread
    normals = edge.normals()
    parts = [
        _sampled(dataset, edge.points[part, None] + steps[None, :, None] * normals[part, None])
        for part in (slice(first, first + _AT_ONCE) for first in range(0, len(edge.points), _AT_ONCE))
    ]
    return np.concatenate(parts)


def _sampled(dataset: rasterio.DatasetReader, places: Floats) -> Floats:
    """Return the pixels in which places (..., 2) lie, NaN outside the raster."""
    cols, rows = (np.floor(places[..., axis]).astype(int) for axis in (0, 1))
    left, top = max(0, cols.min()), max(0, rows.min())
    right, bottom = min(dataset.width, cols.max() + 1), min(dataset.height, rows.max() + 1)
    window = RasterWindow(left, top, right - left, bottom - top)
    stored = dataset.read(1, window=window)
    values = np.where(is_valid(stored, dataset.nodata), stored, np.nan).astype(np.float64)
    inside = (cols >= left) & (rows >= top) & (cols < right) & (rows < bottom)
    found = values[np.clip(rows - top, 0, values.shape[0] - 1), np.clip(cols - left, 0, values.shape[1] - 1)]
    return np.where(inside, found, np.nan)


def _at(profile: NDArray[Any], place: float) -> NDArray[Any]:
    return profile[:, int(place + _REACH - 0.5)]


def _step(profile: Floats, shift: int) -> Floats:
    """The rise over three pixels, less what the slopes before and behind lead to expect; 0 on any quadratic surface."""
    before, behind = _at(profile, shift - 1.5), _at(profile, shift + 1.5)
    slopes = (_at(profile, shift + 3.5) - behind) / 2 + (before - _at(profile, shift - 3.5)) / 2
    return np.asarray(behind - before - 1.5 * slopes)


def _line(profile: Floats, shift: int) -> Floats:
    """The two pixels at a line, less those three pixels away on either side."""
    on = _at(profile, shift - 0.5) + _at(profile, shift + 0.5)
    return np.asarray((on - _at(profile, shift - 3.5) - _at(profile, shift + 3.5)) / 2)


_MEASURES: dict[Literal["step", "line"], Callable[[Floats, int], Floats]] = {"step": _step, "line": _line}


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size >= _FEWEST else math.nan


def _quantum(profile: Floats) -> float:
    """Return the smallest difference of neighbours beside an edge: of heights in whole feet, a median of halves says
    nothing.
    """
    beside = (profile[:, : _REACH - 4], profile[:, _REACH + 4 :])
    apart = np.abs(np.concatenate([np.diff(part, axis=1) for part in beside]))
    return float(np.min(apart, where=apart > 0, initial=np.inf)) if (apart > 0).any() else 0.0


def _missing_share(profile: Floats) -> float:
    valid = ~np.isnan(profile)
    between = _at(valid, -4.5) & _at(valid, 4.5)
    missing = ~(_at(valid, -1.5) & _at(valid, -0.5) & _at(valid, 0.5) & _at(valid, 1.5))
    return float((between & missing).sum() / len(profile))


def _on_ground(point: Floats, grid: Grid) -> Point:
    col, row = point.tolist()
    return grid.origin_x + col * grid.pixel_size, grid.origin_y - row * grid.pixel_size
