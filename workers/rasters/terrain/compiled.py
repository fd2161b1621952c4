"""Compiled loops: how they are compiled and how they are spread over bands of an array."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")
Tick = Callable[[float], None]

_MOST_THREADS = 4


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over arrays, without the interpreter lock, kept on disk for the next process."""
    return cast(Callable[P, R], numba.njit(nogil=True, cache=True)(function))


def no_tick(fraction: float) -> None:
    """Take the fraction done and do nothing."""


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
