import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from workers.rasters.streaming import Spread, spread_of

RANKS = (1, 2, 25, 50, 75, 98, 99)


def spread(values: NDArray[np.float32], *, pieces: int = 7) -> Spread:
    found = spread_of(lambda: np.array_split(values, pieces), ranks=RANKS, bins=64)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(1).normal(0, 1, 10_001),
        np.random.default_rng(2).normal(1e6, 0.5, 9_999),
        np.random.default_rng(3).integers(0, 5, 5_000),
        -np.random.default_rng(4).lognormal(0, 3, 7_777),
        np.array([3.25]),
        np.array([-0.0, 0.0, 1e-40, -1e-40]),
    ],
    ids=["normal", "offset", "integers", "negative", "one", "tiny"],
)
def test_pieces_have_the_statistics_of_the_whole(values: NDArray[np.float64]) -> None:
    whole = values.astype(np.float32)
    found, exact = spread(whole), whole.astype(np.float64)
    assert (found.count, found.minimum, found.maximum) == (whole.size, exact.min(), exact.max())
    assert found.mean == pytest.approx(exact.mean(), rel=1e-12, abs=1e-45)
    assert found.std == pytest.approx(exact.std(), rel=1e-9, abs=1e-45)
    assert list(found.percentiles.values()) == pytest.approx(np.percentile(exact, RANKS).tolist(), rel=1e-12, abs=1e-45)
    top = exact.max() if exact.max() > exact.min() else exact.min() + 1
    assert found.histogram == tuple(np.histogram(exact, 64, (exact.min(), top))[0])


def test_missing_values_are_passed_over() -> None:
    found = spread(np.array([np.nan, 1, 2, np.nan, 6], np.float32), pieces=2)
    assert (found.count, found.mean, found.percentiles[50]) == (3, 3.0, 2.0)


def test_nothing_has_no_spread() -> None:
    assert spread_of(lambda: [np.full(4, np.nan, np.float32)], ranks=RANKS, bins=8) is None
    assert spread_of(list, ranks=RANKS, bins=8) is None


def test_memory_is_that_of_a_piece() -> None:
    def pieces() -> Iterator[NDArray[np.float32]]:
        for seed in range(40):
            yield np.random.default_rng(seed).random(1 << 18, np.float32)

    spread_of(pieces, ranks=RANKS, bins=64)  # compiled before it is measured
    tracemalloc.start()
    found = spread_of(pieces, ranks=RANKS, bins=64)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found is not None
    assert found.count == 40 << 18  # 40 MiB
    assert peak < 16 << 20
