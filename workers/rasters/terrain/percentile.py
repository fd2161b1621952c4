"""Elevation percentile: the share of a window that lies below its centre (as whitebox_workflows 2.0.6 defines it).

The cells of a block enter a bitmap level by level, from the lowest elevation up. Before a level enters, each of its
cells counts the bits of its window: those are the cells below it. Of a window, the edges are read as words of 8 x 8
bits, and the inside as differences of running counts along each row of words, so a window of 201 cells costs a few
times what one of 5 does, not 1,600 times.

Bit 8 i + j of a word is the cell i rows below and j columns right of its upper left one; `counts[r, c]` is the number
of cells in the words before word c of row r.
"""

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import Block, Tick, compiled, in_blocks, no_tick
from workers.rasters.terrain.derivatives import Floats
from workers.rasters.terrain.rows import Rows

LARGEST_WINDOW = 4095  # running counts have 16 bits

_SIDE = 512
_MOST_LEVELS = 1 << 20

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_LINE = np.uint64(0xFF)
_FIRST_COLUMN = np.uint64(0x0101010101010101)

Levels = NDArray[np.int32]
Words = NDArray[np.uint64]
Counts = NDArray[np.uint16]


def elevation_percentile(
    dem: Floats, window: int, *, rows: Rows | None = None, tick: Tick = no_tick
) -> NDArray[np.float32]:
    """Return, per cell, 100 x (valid cells of the window lower than the centre) / (valid cells), float32, NaN where the
    DEM is.

    The window is `window` x `window` cells (odd, at most `LARGEST_WINDOW`), clipped to the raster; elevations are
    compared after being cut to two decimals, so a plane gives 0. With `rows`, those of the DEM alone are returned.
    """
    rows = rows or Rows(0, dem.shape[0])
    percentile = np.full((rows.count, dem.shape[1]), np.nan, np.float32)
    radius = window // 2

    def compute(block: Block) -> None:
        levels, count = elevation_levels(dem[block.outer_rows.of(), block.outer_cols.of()])
        if count:
            high, wide = block.rows.within(block.outer_rows), block.cols.within(block.outer_cols)
            found = _percentiles(levels, count, radius, high.start, wide.start, high.count, wide.count)
            percentile[block.rows.within(rows).of(), block.cols.of()] = found

    in_blocks(compute, rows, dem.shape, side=_SIDE, halo=radius, tick=tick)
    return percentile


def elevation_levels(dem: Floats) -> tuple[Levels, int]:
    """Return the level of each elevation (hundredths above the lowest) and the number of levels, which is also the
    level of missing cells.

    Where the range is too wide for a list of them all, levels count distinct values instead; order, which is all that
    matters, is the same.
    """
    dem = np.ascontiguousarray(dem)  # or it is compiled once more for every kind of slice
    lowest, highest = _range_in_hundredths(dem)
    if lowest > highest:
        return np.zeros(dem.shape, np.int32), 0
    if highest - lowest < _MOST_LEVELS:
        count = int(highest - lowest) + 1
        return _levels_above(dem, lowest, count), count
    valid = ~np.isnan(dem)
    found = np.unique(np.floor(100.0 * dem[valid]), return_inverse=True)[1].astype(np.int32)
    count = int(found.max()) + 1
    levels = np.full(dem.shape, count, np.int32)
    levels[valid] = found
    return levels, count


@compiled
def _range_in_hundredths(dem: Floats) -> tuple[float, float]:
    lowest, highest = np.inf, -np.inf
    for elevation in dem.flat:
        if not np.isnan(elevation):
            lowest, highest = min(lowest, elevation), max(highest, elevation)
    return float(np.floor(100.0 * lowest)), float(np.floor(100.0 * highest))


@compiled
def _levels_above(dem: Floats, lowest: float, count: int) -> Levels:
    height, width = dem.shape
    levels = np.full(dem.shape, count, np.int32)
    for row in range(height):
        for col in range(width):
            if not np.isnan(dem[row, col]):
                levels[row, col] = np.int32(np.floor(100.0 * dem[row, col]) - lowest)
    return levels


@compiled
def _sorted_cells(levels: Levels, count: int) -> tuple[NDArray[np.int64], Levels]:
    """Return the cells by level (row x 2^32 + column, missing ones left out), and where each level begins and ends."""
    height, width = levels.shape
    ends = np.zeros(count + 2, np.int32)
    for row in range(height):
        for col in range(width):
            ends[levels[row, col] + 1] += 1
    for level in range(count + 1):
        ends[level + 1] += ends[level]
    free = ends.copy()
    cells = np.empty(ends[count], np.int64)
    for row in range(height):
        for col in range(width):
            level = levels[row, col]
            if level < count:
                cells[free[level]] = (row << 32) | col
                free[level] += 1
    return cells, ends


@compiled
def _valid_before(levels: Levels, count: int) -> Levels:
    """Return the number of valid cells above and left of each corner."""
    height, width = levels.shape
    before = np.zeros((height + 1, width + 1), np.int32)
    for row in range(height):
        line = 0
        for col in range(width):
            line += levels[row, col] < count
            before[row + 1, col + 1] = before[row, col + 1] + line
    return before


@compiled
def _percentiles(
    levels: Levels, count: int, radius: int, top: int, left: int, rows: int, cols: int
) -> NDArray[np.float32]:
    """Return the percentiles of the `rows` x `cols` cells whose upper left one stands at (top, left) in its halo."""
    height, width = levels.shape
    found = np.full((rows, cols), np.nan, np.float32)
    cells, ends = _sorted_cells(levels, count)
    valid = _valid_before(levels, count)
    words = np.zeros(((height + 7) >> 3, (width + 7) >> 3), np.uint64)
    counts = np.zeros((words.shape[0], words.shape[1] + 1), np.uint16)
    for level in range(count):
        for place in range(ends[level], ends[level + 1]):
            row, col = cells[place] >> 32, cells[place] & 0xFFFFFFFF
            if top <= row < top + rows and left <= col < left + cols:
                first_row, end_row = max(0, row - radius), min(height, row + radius + 1)
                first_col, end_col = max(0, col - radius), min(width, col + radius + 1)
                below = _count_in(words, counts, first_row, end_row, first_col, end_col)
                of = valid[end_row, end_col] - valid[first_row, end_col] - valid[end_row, first_col]
                found[row - top, col - left] = 100.0 * below / (of + valid[first_row, first_col])
        for place in range(ends[level], ends[level + 1]):
            _put_in(words, counts, cells[place] >> 32, cells[place] & 0xFFFFFFFF)
    return found


@compiled
def _bits(word: np.uint64) -> np.uint64:
    """Return the number of bits that are set (Warren, Hacker's Delight, 5-1), which compiles to one instruction."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * _FIRST_COLUMN) >> np.uint64(56)


@compiled
def _put_in(words: Words, counts: Counts, row: int, col: int) -> None:
    """Add a cell that is not in the set."""
    line = counts[row >> 3]
    words[row >> 3, col >> 3] |= np.uint64(1) << np.uint64(((row & 7) << 3) | (col & 7))
    for word in range((col >> 3) + 1, line.size):
        line[word] += np.uint16(1)


@compiled
def _rows_of(word: int, first: int, end: int) -> np.uint64:
    """Return the bits of a word that lie in the rows from `first` to before `end`."""
    bits = _ALL
    if first > 8 * word:
        bits = bits << np.uint64(8 * (first - 8 * word))
    if end < 8 * word + 8:
        bits = bits & (_ALL >> np.uint64(8 * (8 * word + 8 - end)))
    return bits


@compiled
def _count_in(words: Words, counts: Counts, first_row: int, end_row: int, first_col: int, end_col: int) -> int:
    """Return how many cells of the set lie in a rectangle of rows and columns, its ends not among them."""
    left, right = first_col >> 3, (end_col - 1) >> 3
    left_bits = ((_LINE << np.uint64(first_col & 7)) & _LINE) * _FIRST_COLUMN
    right_bits = (_LINE >> np.uint64(7 - ((end_col - 1) & 7))) * _FIRST_COLUMN
    if left == right:
        left_bits &= right_bits
    top, bottom = first_row >> 3, (end_row - 1) >> 3
    edge, inside = np.uint64(0), 0
    for word in range(top, bottom + 1):
        rows = _rows_of(word, first_row, end_row)
        edge += _bits(words[word, left] & rows & left_bits)
        if right > left:
            edge += _bits(words[word, right] & rows & right_bits)
            if rows == _ALL:
                inside += int(np.uint16(counts[word, right] - counts[word, left + 1]))
            else:
                for col in range(left + 1, right):
                    edge += _bits(words[word, col] & rows)
    return int(edge) + inside
