"""Which axis-aligned footprints share area, found through a hash of grid cells in numpy alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.errors import InvalidInput

Bounds = NDArray[np.float64]
Indices = NDArray[np.int64]

_PAIRS_AT_ONCE = 2_000_000
_TOUCHING = 1e-6  # of the shorter side: less shared width than this is rounding, not area


@dataclass(frozen=True)
class Footprints:
    """Footprints of tiles: `bounds` with the columns left, bottom, right, top, shape (N, 4), and the CRS of each as a
    number, shape (N,).

    Footprints in different CRSs are never said to overlap.
    """

    bounds: Bounds
    crs: Indices

    def __post_init__(self) -> None:
        left, bottom, right, top = self.bounds.T
        if not np.all(np.isfinite(self.bounds)) or not np.all((left < right) & (bottom < top)):
            raise InvalidInput("a footprint has no extent: left must be below right and bottom below top")

    def take(self, rows: Indices) -> "Footprints":
        """Return the footprints of some rows."""
        return Footprints(self.bounds[rows], self.crs[rows])


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, `first` of one set and `second` of the other, that share area (`touching` false) or an edge or
    corner only (true).
    """

    first: Indices
    second: Indices
    touching: NDArray[np.bool_]


def overlapping(chosen: Footprints, others: Footprints) -> NDArray[np.bool_]:
    """Return for each of `others`, shape (N,), whether it shares area with one of `chosen`; touching is not sharing."""
    found = np.zeros(len(others.bounds), dtype=bool)
    for pairs in neighbours(chosen, others):
        found[pairs.second[~pairs.touching]] = True
    return found


def neighbours(first: Footprints, second: Footprints) -> Iterator[Pairs]:
    """Yield, in pieces, all pairs that overlap or touch.

    Memory is bounded: at most about two million candidate pairs are held at once (some 300 MB), however many
    footprints there are.
    """
    if not len(first.bounds) or not len(second.bounds):
        return
    cells = _Cells(second, side=_longest_side(first, second))
    for rows, candidates in cells.candidates(first):
        pairs = _compare(first, second, rows, candidates)
        if pairs.first.size:
            yield pairs


class _Cells:
    """Footprints sorted by the cell of their lower left corner; with cells as large as the largest footprint, whatever
    meets one lies in 3 x 3.
    """

    def __init__(self, footprints: Footprints, *, side: float) -> None:
        self.side = side * (1 + 1e-9)
        self.origin = footprints.bounds[:, :2].min(axis=0)
        columns = self._cell(footprints)
        self.rows_high = int(columns[:, 1].max()) + 3
        self.columns_wide = int(columns[:, 0].max()) + 3
        keys = self._key(columns, footprints.crs)
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def _cell(self, footprints: Footprints) -> Indices:
        cells: Indices = np.floor((footprints.bounds[:, :2] - self.origin) / self.side).astype(np.int64)
        return cells

    def _key(self, cells: Indices, crs: Indices) -> Indices:
        keys: Indices = (crs * self.columns_wide + cells[:, 0] + 1) * self.rows_high + cells[:, 1] + 1
        return keys

    def candidates(self, footprints: Footprints) -> Iterator[tuple[Indices, Indices]]:
        """Yield pairs of row numbers that lie in neighbouring cells, about two million at a time."""
        cells = self._cell(footprints)
        inside = np.all((cells >= -1) & (cells < [self.columns_wide - 1, self.rows_high - 1]), axis=1)
        rows = np.flatnonzero(inside)
        for east in (-1, 0, 1):
            for north in (-1, 0, 1):
                moved = cells[rows] + np.array([east, north], dtype=np.int64)
                valid = np.all((moved >= -1) & (moved < [self.columns_wide - 1, self.rows_high - 1]), axis=1)
                yield from self._in_cells(rows[valid], self._key(moved[valid], footprints.crs[rows[valid]]))

    def _in_cells(self, rows: Indices, keys: Indices) -> Iterator[tuple[Indices, Indices]]:
        start = np.searchsorted(self.keys, keys, side="left")
        count = np.searchsorted(self.keys, keys, side="right") - start
        total = np.cumsum(count)
        first = 0
        while first < rows.size:
            done = total[first - 1] if first else 0
            last = max(int(np.searchsorted(total, done + _PAIRS_AT_ONCE, side="right")), first + 1)
            repeats = count[first:last]
            offsets = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
            yield np.repeat(rows[first:last], repeats), self.order[np.repeat(start[first:last], repeats) + offsets]
            first = last


def _longest_side(*sets: Footprints) -> float:
    return max(float(np.max(each.bounds[:, 2:] - each.bounds[:, :2])) for each in sets)


def _compare(first: Footprints, second: Footprints, rows: Indices, candidates: Indices) -> Pairs:
    one, other = first.bounds[rows], second.bounds[candidates]
    shared = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    slack = _TOUCHING * np.min(one[:, 2:] - one[:, :2], axis=1)
    near = np.all(shared >= -slack[:, None], axis=1)
    touching = ~np.all(shared > slack[:, None], axis=1)
    return Pairs(rows[near], candidates[near], touching[near])
