"""Statistics of more values than fit into memory: exact ranks, and sums that lose no digit, in three passes."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.rasters.terrain.compiled import compiled

Pieces = Callable[[], Iterable[NDArray[Any]]]
"""Gives the same values again at each call, piece by piece, as float32 or integers that float32 holds exactly."""

Floats = NDArray[np.float32]
Counts = NDArray[np.int64]

_HALF = 16  # bits of a key's upper and lower half
_KEYS = 1 << _HALF


@dataclass(frozen=True)
class Spread:
    """Of all values: how many, the least, the greatest, mean, population standard deviation, percentiles by rank, and a
    histogram of equal bins from the least to the greatest.
    """

    count: int
    minimum: float
    maximum: float
    mean: float
    std: float
    percentiles: Mapping[float, float]
    histogram: tuple[int, ...]


def spread_of(pieces: Pieces, *, ranks: Sequence[float], bins: int) -> Spread | None:
    """Return how values that are not NaN spread, None where there is none; memory is that of a piece and 2 MiB.

    The first pass counts the upper halves of the values' bit patterns, turned so that their order is that of the
    values, and sums; the second sums squares about the mean and fills the histogram; the third counts the lower halves
    under the upper ones that the wanted ranks fall into, which gives those values exactly. Sums are taken of each piece
    and then added exactly, so what a large offset leaves of float64 is all there is. Percentiles are interpolated as
    numpy's default does.
    """
    keys = np.zeros(_KEYS, np.int64)
    sums: list[float] = []
    low, high = math.inf, -math.inf
    for values in _as_floats(pieces):
        total, least, most = _count_upper(values, keys)
        sums.append(total)
        low, high = min(low, least), max(high, most)
    count = int(keys.sum())
    if count == 0:
        return None
    mean = math.fsum(sums) / count
    squares, histogram = _about(pieces, mean, low, high, bins)
    wanted = sorted({place for rank in ranks for place in _places(rank, count)})
    ordered = dict(zip(wanted, _values_at(pieces, keys, wanted), strict=True))
    percentiles = {rank: _between(ordered, rank, count) for rank in ranks}
    return Spread(count, low, high, mean, math.sqrt(squares / count), percentiles, histogram)


def _as_floats(pieces: Pieces) -> Iterator[Floats]:
    for piece in pieces():
        yield np.ascontiguousarray(piece, np.float32).ravel()


def _about(pieces: Pieces, mean: float, low: float, high: float, bins: int) -> tuple[float, tuple[int, ...]]:
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    histogram = np.zeros(bins, np.int64)
    squares = math.fsum(_sum_squares(values, mean, edges, histogram) for values in _as_floats(pieces))
    return squares, tuple(histogram.tolist())


def _places(rank: float, count: int) -> tuple[int, int]:
    """Return the two places in the order of values that a percentile lies between."""
    place = rank / 100 * (count - 1)
    return math.floor(place), min(math.floor(place) + 1, count - 1)


def _between(ordered: Mapping[int, float], rank: float, count: int) -> float:
    first, second = _places(rank, count)
    share = rank / 100 * (count - 1) - first
    return ordered[first] + (ordered[second] - ordered[first]) * share


def _values_at(pieces: Pieces, keys: Counts, places: Sequence[int]) -> list[float]:
    """Return the values at places in their order (from 0)."""
    ends = np.cumsum(keys)
    upper = np.searchsorted(ends, np.array(places), side="right")
    rows = np.full(_KEYS, -1, np.int64)
    rows[np.unique(upper)] = np.arange(np.unique(upper).size)
    lower = np.zeros((np.unique(upper).size, _KEYS), np.int64)
    for values in _as_floats(pieces):
        _count_lower(values, rows, lower)
    found = []
    for place, key in zip(places, upper.tolist(), strict=True):
        within = place - (int(ends[key - 1]) if key else 0)
        rest = int(np.searchsorted(np.cumsum(lower[rows[key]]), within, side="right"))
        found.append(_value_of(key << _HALF | rest))
    return found


def _value_of(key: int) -> float:
    bits = key & 0x7FFFFFFF if key & 0x80000000 else ~key & 0xFFFFFFFF
    return float(np.array(bits, np.uint32).view(np.float32))


@compiled
def _key(bits: np.uint32) -> np.uint32:
    """Return bits of a float32 so that greater values have greater keys."""
    return ~bits if bits & np.uint32(0x80000000) else bits | np.uint32(0x80000000)


@compiled
def _count_upper(values: Floats, keys: Counts) -> tuple[float, float, float]:
    bits = values.view(np.uint32)
    total, low, high = 0.0, np.inf, -np.inf
    start = np.float64(values[0]) if values.size and not np.isnan(values[0]) else 0.0
    count = 0
    for i in range(values.size):
        value = np.float64(values[i])
        if np.isnan(value):
            continue
        keys[_key(bits[i]) >> np.uint32(16)] += 1
        total += value - start  # small numbers where values are large and alike
        count += 1
        low, high = min(low, value), max(high, value)
    return total + count * start, low, high


@compiled
def _sum_squares(values: Floats, mean: float, edges: NDArray[np.float64], histogram: Counts) -> float:
    bins = histogram.size
    per_unit = bins / (edges[bins] - edges[0])
    total = 0.0
    for i in range(values.size):
        value = np.float64(values[i])
        if np.isnan(value):
            continue
        total += (value - mean) * (value - mean)
        place = min(int((value - edges[0]) * per_unit), bins - 1)
        if value < edges[place]:
            place -= 1
        elif place < bins - 1 and value >= edges[place + 1]:
            place += 1
        histogram[place] += 1
    return total


@compiled
def _count_lower(values: Floats, rows: Counts, lower: NDArray[np.int64]) -> None:
    bits = values.view(np.uint32)
    for i in range(values.size):
        if np.isnan(values[i]):
            continue
        key = _key(bits[i])
        row = rows[key >> np.uint32(16)]
        if row >= 0:
            lower[row, key & np.uint32(0xFFFF)] += 1
