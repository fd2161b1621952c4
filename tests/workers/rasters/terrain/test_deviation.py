import numpy as np
import pytest

from workers.rasters.terrain.deviation import horn_slope, standard_deviation


def test_horn_weights_the_nearest_neighbours_twice() -> None:
    dem = np.zeros((3, 3))
    dem[1, 2] = 4.0  # dz/dx = 2 x 4 / (8 x 1)
    assert horn_slope(dem, 1.0)[1, 1] == pytest.approx(45)


def test_a_plane_has_no_deviation_inside() -> None:
    cols = np.mgrid[0:40, 0:40][1].astype(float)
    found = standard_deviation(horn_slope(cols * 3.1, 5.0)[1:-1, 1:-1], 11)
    np.testing.assert_allclose(found, 0, atol=1e-6)


def test_the_deviation_is_the_population_one_over_valid_cells() -> None:
    slope = np.array([[0.0, 10.0, np.nan], [20.0, 30.0, 40.0], [np.nan, 0.0, 5.0]], np.float32)
    found = standard_deviation(slope, 3)
    assert found[1, 1] == pytest.approx(np.std([0, 10, 20, 30, 40, 0, 5]), abs=1e-6)
    assert np.isnan(found[0, 2])
    assert found[0, 0] == pytest.approx(np.std([0, 10, 20, 30]), abs=1e-6)


@pytest.mark.parametrize(("window", "deviation"), [(5, 90 * 0.24**0.5), (201, 44.99944)])
def test_extreme_slopes_do_not_overflow(window: int, deviation: float) -> None:
    slope = np.zeros((210, 210), np.float32)
    slope[:, ::2] = 90
    assert standard_deviation(slope, window)[105, 105] == pytest.approx(deviation, abs=1e-4)


def test_a_block_with_a_halo_has_the_bits_of_the_whole() -> None:
    slope = np.random.default_rng(3).uniform(0, 60, (300, 50)).astype(np.float32)
    whole = standard_deviation(slope, 21)
    block = standard_deviation(slope[95:255, 5:45], 21)
    np.testing.assert_array_equal(block[10:-10, 10:-10], whole[105:245, 15:35])
