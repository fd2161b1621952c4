"""What a raster holds in each tile, counted from strips of its rows: the whole raster is never in memory."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from workers.records.grids import Window

Strips = Iterable[tuple[int, NDArray[np.uint8]]]
"""Rows of a raster from the first to the last: the number of the strip's first row, and uint8 (rows, width)."""


def count_values(strips: Strips, windows: Sequence[Window], *, most: int) -> NDArray[np.int64]:
    """Return how many pixels of each window have each value from 0 to `most`: int64 (windows, most + 1).

    Memory is that of one strip and of the answer.
    """
    counts = np.zeros((len(windows), most + 1), np.int64)
    tops = np.array([window.row for window in windows], np.int64)
    ends = tops + np.array([window.height for window in windows], np.int64)
    for start, values in strips:
        for place in np.flatnonzero((tops < start + len(values)) & (ends > start)).tolist():
            window = windows[place]
            rows = slice(max(window.row - start, 0), max(window.row + window.height - start, 0))
            part = values[rows, window.col : window.col + window.width]
            counts[place] += np.bincount(part.ravel(), minlength=most + 1)
    return counts


def pixel_areas(mask: Strips, windows: Sequence[Window], *, classes: int) -> NDArray[np.float64]:
    """Return the share of each window's pixels that each class has in a mask: float64 (windows, classes).

    The mask holds the position of the class from 1, and 0 where none is.
    """
    pixels = np.array([[window.width * window.height] for window in windows], np.float64).reshape(-1, 1)
    return count_values(mask, windows, most=classes)[:, 1:] / pixels


def wholly_valid(valid: Strips, windows: Sequence[Window]) -> NDArray[np.bool_]:
    """Return, per window, whether every pixel of a raster of 0 and 1 is 1 in it."""
    whole: NDArray[np.bool_] = count_values(valid, windows, most=1)[:, 0] == 0
    return whole
