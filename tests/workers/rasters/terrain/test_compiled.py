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

    def stop(fraction: float) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        in_bands(lambda start, _: seen.append(start), Rows(0, 10_000), band=1, tick=stop)
    assert len(seen) < 10_000
