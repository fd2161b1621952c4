import numpy as np
import pytest

from workers.rasters.terrain.derivatives import Floats
from workers.rasters.terrain.position import relative_elevation, square_reach, topographic_position


@pytest.fixture
def plane() -> Floats:
    """10 up for each row to the south, 1 for each column to the east."""
    return np.asarray(np.add.outer(np.arange(7) * 10.0, np.arange(7.0)))


def test_a_square_of_even_side_is_a_tile_around_its_middle(plane: Floats) -> None:
    assert square_reach(4) == (2, 1)
    assert relative_elevation(plane, 4)[2, 2] == plane[2, 2] - plane[:4, :4].mean() == 5.5
    assert relative_elevation(plane, 3)[3, 3] == 0


def test_a_disc_is_clipped_at_the_edge(plane: Floats) -> None:
    found = topographic_position(plane, 2)
    assert found[0, 0] == pytest.approx(-(0 + 1 + 2 + 10 + 11 + 20) / 6)
    assert found[3, 3] == 0


def test_cells_without_elevation_count_for_nothing(plane: Floats) -> None:
    plane[3, 3], plane[2, 3] = 100, np.nan
    found = topographic_position(plane, 1)
    assert found[3, 3] == 100 - (43 + 32 + 34 + 100) / 4
    assert np.isnan(found[2, 3])


def test_high_ground_loses_no_digit() -> None:
    low = np.random.default_rng(2).uniform(0, 9, (60, 70)).round(3)
    for found, high in (
        (relative_elevation(low, 16), relative_elevation(low + 29_000, 16)),
        (topographic_position(low, 9), topographic_position(low + 29_000, 9)),
    ):
        np.testing.assert_allclose(high, found, atol=3e-5)  # two steps of 2^-16
