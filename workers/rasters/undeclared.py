"""Values of elevation files that stand for missing ground, though nobody says so."""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.warp import transform_bounds

from workers.files import write_text
from workers.rasters.intake import SourceRaster
from workers.rasters.mosaic import Lattice, Mosaic, lattices, open_mosaic
from workers.rasters.streaming import Spread, spread_of
from workers.rasters.terrain.compiled import Tick, no_tick
from workers.records.codec import dumps, from_data
from workers.records.grids import Grid, Window

Elevations = NDArray[np.float32]
Pieces = Callable[[], Iterable[Elevations]]

FARTHEST = 1e6
"""Elevations beyond it, on either side of 0 in the unit of the grid, are never ground, and count as missing."""

_MARKS = (0.0, -999.0, -9999.0, 9999.0, -32767.0, -32768.0, 32767.0, 65535.0, -99999.0, 99999.0, -999999.0, 999999.0)
_NAME = "undeclared.json"
_LEAST_SHARE = 1e-4
_LEAST_APART = 50.0  # metres
_ROWS, _COLS = 512, 1 << 15  # of a block: whole rows of nearly all files


@dataclass(frozen=True)
class Mark:
    """A value, as the files hold it, that likely stands for missing ground: the share of the valid pixels that have it,
    and the percentiles 1 and 99 of those that do not, None where all have such values.
    """

    value: float
    share: float
    low: float | None
    high: float | None

    @property
    def warning(self) -> str:
        """Return what to do, a sentence."""
        rest = "" if self.low is None else f", far from nearly all others ({self.low:,.6g} to {self.high:,.6g})"
        return (
            f"Elevation is {self.value:.6g} on {100 * self.share:.3g} % of the pixels of its files{rest}: if that "
            f"stands for missing ground, set dem.nodata: {self.value:.6g}."
        )


@dataclass(frozen=True)
class Undeclared:
    """What was found in the files over a grid: how many pixels are no number or too far from 0, and likely marks."""

    beyond: int
    marks: tuple[Mark, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was done, a sentence each."""
        if not self.beyond:
            return ()
        said = f"elevations that are no number or beyond {FARTHEST:,.0f} in the grid's unit count as missing"
        return (f"{said}: {self.beyond:,} pixels of the files",)


def find_undeclared(files: Sequence[SourceRaster], grid: Grid, factor: float, *, tick: Tick = no_tick) -> Undeclared:
    """Return what in elevation files over a grid is likely no ground, of what neither they nor `nodata` say so.

    All pixels of the files that touch the grid are read as they are, a block at a time: resampled or brought into
    another unit, a mark is none any more. `factor` brings elevations into the unit of the grid. A mark is one of the
    values that are in use for missing ground, on one pixel in 10,000 or more, that lies apart from the percentiles 1
    and 99 of all others by more than 50 m; a mark other than 0 by more than the middle half of the others spans, too.
    The sea is no mark: beaches lead down to it.

    Raises:
        BrokenFile: pixels that cannot be decoded.
    """
    with contextlib.ExitStack() as stack:
        mosaics = [
            stack.enter_context(open_mosaic(lattice, band_count=1, most=FARTHEST / factor))
            for lattice in lattices(files)
        ]
        total, counts = _count(_over(grid, mosaics, tick))
        beyond = sum(mosaic.beyond for mosaic in mosaics)
        shares = {mark: count / total for mark, count in counts.items() if count >= max(1, _LEAST_SHARE * total)}
        apart = _LEAST_APART / (factor * CRS.from_user_input(grid.crs).axis_info[0].unit_conversion_factor)
        return Undeclared(beyond, tuple(_marks(lambda: _over(grid, mosaics, tick), shares, apart)))


def write_undeclared(found: Undeclared, folder: Path) -> None:
    """Write what was found beside the elevation that a stage made."""
    write_text(folder / _NAME, dumps(found))


def read_undeclared(folder: Path) -> Undeclared:
    """Return what `write_undeclared` has written."""
    return from_data(Undeclared, json.loads((folder / _NAME).read_text(encoding="utf-8")))


def _over(grid: Grid, mosaics: Sequence[Mosaic], tick: Tick) -> Iterator[Elevations]:
    """Yield the values of mosaics within a grid, each pixel once, block by block, NaN where missing."""
    for number, mosaic in enumerate(mosaics):
        for block, done in _blocks(_window(mosaic.lattice, grid)):
            found = mosaic.read(block)
            if found is not None:
                yield found[0]
            tick((number + done) / len(mosaics))


def _blocks(window: Window) -> Iterator[tuple[Window, float]]:
    """Yield the parts of a window, row by row, and the share of its rows that each leaves done."""
    for row in range(0, window.height, _ROWS):
        height = min(_ROWS, window.height - row)
        for col in range(0, window.width, _COLS):
            part = Window(window.col + col, window.row + row, min(_COLS, window.width - col), height)
            yield part, (row + height) / window.height


def _window(lattice: Lattice, grid: Grid) -> Window:
    """Return the pixels of a lattice that its files have and that touch a grid, with no size above 0 where none do."""
    around = transform_bounds(grid.crs, lattice.crs, *grid.bounds, densify_pts=21)
    sides = np.array([file.bounds for file in lattice.files])
    left, bottom = np.maximum(sides[:, :2].min(axis=0), around[:2]).tolist()
    right, top = np.minimum(sides[:, 2:].max(axis=0), around[2:]).tolist()
    return lattice.window((left, bottom, right, top), margin=0)


def _count(pieces: Iterable[Elevations]) -> tuple[int, dict[float, int]]:
    total, counts = 0, dict.fromkeys(_MARKS, 0)
    for piece in pieces:
        total += int(np.count_nonzero(~np.isnan(piece)))
        for mark in _MARKS:
            counts[mark] += int(np.count_nonzero(piece == mark))
    return total, counts


def _marks(pieces: Pieces, shares: dict[float, float], apart: float) -> Iterator[Mark]:
    if not shares:
        return
    known = np.array(list(shares), np.float32)
    rest = spread_of(
        lambda: (np.where(np.isin(piece, known), np.float32(np.nan), piece) for piece in pieces()),
        ranks=(1, 25, 75, 99),
        bins=1,
    )
    for value, share in shares.items():
        if rest is None:
            yield from [Mark(value, share, None, None)] * (value != 0)
        elif _is_apart(value, rest, apart):
            yield Mark(value, share, rest.percentiles[1], rest.percentiles[99])


def _is_apart(value: float, rest: Spread, apart: float) -> bool:
    least = max(apart, rest.percentiles[75] - rest.percentiles[25]) if value else apart
    return not rest.percentiles[1] - least <= value <= rest.percentiles[99] + least
