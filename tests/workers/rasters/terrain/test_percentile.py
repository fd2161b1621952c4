import numpy as np
import pytest

from workers.rasters.terrain.percentile import elevation_levels, elevation_percentile


def test_the_highest_of_nine_cells_is_above_eight() -> None:
    dem = np.arange(9.0).reshape(3, 3)
    found = elevation_percentile(dem, 3)
    assert found[1, 1] == pytest.approx(100 * 4 / 9)
    assert found[2, 2] == pytest.approx(100 * 3 / 4)  # the window is clipped to four cells
    assert found[0, 0] == 0


def test_elevations_that_agree_in_two_decimals_are_level() -> None:
    found = elevation_percentile(np.array([[10.001, 10.002, 10.009], [10.003, 10.008, 10.0], [10.0, 10.0, 10.0]]), 3)
    np.testing.assert_array_equal(found, 0)


def test_missing_cells_are_not_counted() -> None:
    dem = np.array([[1.0, np.nan, 3.0]])
    np.testing.assert_array_equal(elevation_percentile(dem, 3), np.array([[0, np.nan, 0]], np.float32))


def test_a_range_too_wide_for_a_histogram_gives_the_same_answer() -> None:
    metres = np.random.default_rng(1).integers(0, 5000, (30, 40)).astype(float)
    wide = metres * 1000
    assert elevation_levels(metres)[1] == 100 * int(np.ptp(metres)) + 1
    assert elevation_levels(wide)[1] == len(np.unique(metres))
    np.testing.assert_array_equal(elevation_percentile(wide, 21), elevation_percentile(metres, 21))


def test_a_block_with_a_halo_has_the_bits_of_the_whole() -> None:
    dem = np.random.default_rng(2).uniform(0, 50, (60, 70))
    whole = elevation_percentile(dem, 11)
    block = elevation_percentile(dem[15:45, 20:60], 11)
    np.testing.assert_array_equal(block[5:-5, 5:-5], whole[20:40, 25:55])


def test_nothing_but_nodata_gives_nothing() -> None:
    assert np.isnan(elevation_percentile(np.full((4, 4), np.nan), 3)).all()
