"""Compiled loops: how they are compiled and how they are spread over bands and blocks of an array."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, cast

import numba

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
    """A part of an array: the cells to fill (`inner`), and with them the halo that they are computed from (`outer`).

    `top` and `left` are the place of the upper left inner cell within the outer ones.
    """

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]

    @property
    def top(self) -> int:
        return int(self.inner[0].start - self.outer[0].start)

    @property
    def left(self) -> int:
        return int(self.inner[1].start - self.outer[1].start)


def blocks_of(shape: tuple[int, ...], *, side: int, halo: int) -> list[Block]:
    """Return the blocks of `side` x `side` cells that cover an array, halos clipped to it."""
    height, width = shape

    def spans(length: int) -> list[tuple[slice, slice]]:
        ends = [(start, min(start + side, length)) for start in range(0, length, side)]
        return [(slice(start, end), slice(max(0, start - halo), min(length, end + halo))) for start, end in ends]

    return [Block((rows, cols), (high, wide)) for rows, high in spans(height) for cols, wide in spans(width)]


def in_blocks(
    compute: Callable[[Block], None], shape: tuple[int, ...], *, side: int, halo: int, tick: Tick = no_tick
) -> None:
    """Call `compute(block)` for each block of an array, as `in_bands` does for bands."""
    blocks = blocks_of(shape, side=side, halo=halo)
    in_bands(lambda number, _: compute(blocks[number]), len(blocks), band=1, tick=tick)


def in_bands(compute: Callable[[int, int], None], length: int, *, band: int, tick: Tick = no_tick) -> None:
    """Call `compute(start, stop)` for each band of `range(length)`, in a few threads, and `tick` after each.

    What `tick` raises ends the work once the bands in hand are done.
    """
    starts = range(0, length, band)
    with ThreadPoolExecutor(min(_MOST_THREADS, len(os.sched_getaffinity(0)))) as pool:
        bands = [pool.submit(compute, start, min(start + band, length)) for start in starts]
        try:
            for done, future in enumerate(bands, start=1):
                future.result()
                tick(done / len(bands))
        finally:
            pool.shutdown(cancel_futures=True)
