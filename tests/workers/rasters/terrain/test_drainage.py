import numpy as np
import pytest
from numpy.typing import NDArray

from workers.rasters.terrain.drainage import height_above_drainage

Elevations = NDArray[np.float32]
NAN = float("nan")


@pytest.fixture
def valley() -> Elevations:
    """Sides of 2 a column down to the channel in column 3, which falls 0.5 a row to the south."""
    rows, cols = np.mgrid[0:6, 0:7]
    return np.asarray(np.abs(cols - 3) * 2 + (5 - rows) * 0.5, np.float32)


def channel(valley: Elevations) -> NDArray[np.bool_]:
    found = np.zeros(valley.shape, np.bool_)
    found[:, 3] = True
    return found


def test_sides_lie_above_the_channel_at_their_foot(valley: Elevations) -> None:
    assert height_above_drainage(valley, channel(valley)).tolist() == [[6, 4, 2, 0, 2, 4, 6]] * 6


def test_water_in_a_pit_leaves_by_the_lowest_way_and_ground_below_its_drainage_is_at_0(valley: Elevations) -> None:
    valley[2, 1] = -5
    found = height_above_drainage(valley, channel(valley))
    assert found[2].tolist() == [6.5, 0, 2, 0, 2, 4, 6]  # what flows into the pit leaves to the south, 0.5 lower
    assert found[1].tolist() == [7, 5, 2, 0, 2, 4, 6]


def test_without_water_nothing_is_known(valley: Elevations) -> None:
    assert np.isnan(height_above_drainage(valley, np.zeros(valley.shape, np.bool_))).all()


def test_ground_that_drains_over_the_edge_has_no_height() -> None:
    ridge = np.array([[3, 4.5, 6, 4, 3, 2, 1]] * 5, np.float32)
    water = np.zeros(ridge.shape, np.bool_)
    water[:, 6] = True
    found = height_above_drainage(ridge, water)
    np.testing.assert_array_equal(found[2], np.array([NAN, NAN, 5, 3, 2, 1, 0], np.float32))


def test_a_hole_takes_water_in(valley: Elevations) -> None:
    valley[:, 2] = np.nan
    found = height_above_drainage(valley, channel(valley))
    assert np.isnan(found[:, :3]).all()
    assert found[3].tolist()[3:] == [0, 2, 4, 6]


def test_a_level_plain_drains_to_the_water_in_it() -> None:
    water = np.zeros((9, 9), np.bool_)
    water[4, 4] = True
    plain = np.full((9, 9), 7, np.float32)
    plain[[0, -1]] = plain[:, [0, -1]] = 9
    found = height_above_drainage(plain, water)
    assert found[1:-1, 1:-1].tolist() == [[0] * 7] * 7
    assert found[0].tolist() == [2] * 9
