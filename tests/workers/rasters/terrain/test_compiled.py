import threading
import time

import pytest

from workers.errors import Cancelled
from workers.rasters.terrain.compiled import in_bands
from workers.rasters.terrain.rows import Rows


def test_bands_cover_the_range_once_and_the_fraction_ends_at_one() -> None:
    seen: list[tuple[int, int]] = []
    fractions: list[float] = []
    in_bands(lambda start, stop: seen.append((start, stop)), Rows(0, 10), band=4, tick=fractions.append)
    assert sorted(seen) == [(0, 4), (4, 8), (8, 10)]
    assert fractions == [1 / 3, 2 / 3, 1]


def test_a_stop_asked_for_between_bands_leaves_the_rest_undone() -> None:
    seen: list[int] = []
    asked = threading.Event()

    def stop(fraction: float) -> None:
        asked.set()
        raise Cancelled("stopped")

    def compute(start: int, _: int) -> None:
        seen.append(start)
        if start > 0:  # all but the first wait for the stop, and then take longer than it takes to cancel the rest
            assert asked.wait(30)
            time.sleep(0.05)

    with pytest.raises(Cancelled):
        in_bands(compute, Rows(0, 10_000), band=1, tick=stop)
    assert len(seen) < 100
