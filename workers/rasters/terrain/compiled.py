"""Compiled loops: how they are compiled and how they are spread over bands and blocks of an array."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, cast

import numba

from workers.rasters.terrain.rows import Rows

P = ParamSpec("P")
R = TypeVar("R")
Tick = Callable[[float], None]

_MOST_THREADS = 4


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over arrays, without the interpreter lock, kept on disk for the next process.

    What is kept is taken for new until the function's own file changes: compiled functions that it calls belong into
    the same file.
    """
    return cast(Callable[P, R], numba.njit(nogil=True, cache=True)(function))


def no_tick(fraction: float) -> None:
    """Take the fraction done and do nothing."""


@dataclass(frozen=True)
class Block:
    """A part of an array: the cells to fill (`rows`, `cols`), and with them the halo that they are computed from."""

    rows: Rows
    cols: Rows
    outer_rows: Rows
    outer_cols: Rows


def in_blocks(
    compute: Callable[[Block], None],
    rows: Rows,
    shape: tuple[int, ...],
    *,
    side: int,
    halo: int,
    tick: Tick = no_tick,
) -> None:
    """Call `compute(block)` for each block of `side` x `side` cells of some rows of an array, as `in_bands` does for
    bands; halos are clipped to the array.
    """
    height, width = shape
    blocks = [
        Block(high, wide, high.widened(halo, height), wide.widened(halo, width))
        for high in _parts(rows, side)
        for wide in _parts(Rows(0, width), side)
    ]
    in_bands(lambda number, _: compute(blocks[number]), Rows(0, len(blocks)), band=1, tick=tick)


def _parts(whole: Rows, side: int) -> list[Rows]:
    return [Rows(start, min(start + side, whole.end)) for start in range(whole.start, whole.end, side)]


def in_bands(compute: Callable[[int, int], None], rows: Rows, *, band: int, tick: Tick = no_tick) -> None:
    """Call `compute(start, stop)` for each band of some rows, in a few threads, and `tick` after each.

    What `tick` raises ends the work once the bands in hand are done.
    """
    with ThreadPoolExecutor(min(_MOST_THREADS, len(os.sched_getaffinity(0)))) as pool:
        bands = [pool.submit(compute, part.start, part.end) for part in _parts(rows, band)]
        try:
            for done, future in enumerate(bands, start=1):
                future.result()
                tick(done / len(bands))
        finally:
            pool.shutdown(cancel_futures=True)
