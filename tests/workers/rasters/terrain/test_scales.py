import numpy as np
import pytest

from workers.rasters.terrain.scales import coarse_shape, features_at, resample, smooth


def test_four_cells_become_one_by_a_triangle_of_weights() -> None:
    row = np.array([[0.0, 0.0, 8.0, 8.0, 0.0, 0.0]])
    found = resample(row, 1.0, 2.0, shape=(1, 3))
    np.testing.assert_allclose(found, [[8 / 7, 6.0, 8 / 7]])  # weights 3/4 and 1/4, cut off at the edge


def test_going_finer_interpolates_between_centres() -> None:
    np.testing.assert_allclose(resample(np.array([[0.0, 4.0]]), 2.0, 1.0, shape=(1, 4)), [[0, 1, 3, 4]])


def test_a_plane_keeps_its_slope_at_any_scale() -> None:
    cols = np.mgrid[0:200, 0:200][1].astype(float)
    found = features_at(5 * cols * 0.5, 5.0, 20.0, dem_sigma=2, feature_sigma=2)
    assert found.slope[100, 100] == pytest.approx(26.565051, abs=1e-5)
    assert found.planform_curvature[100, 100] == pytest.approx(0, abs=1e-6)


def test_only_what_is_missing_in_the_dem_is_missing_in_the_feature() -> None:
    dem = np.random.default_rng(4).uniform(0, 9, (57, 83))
    dem[20:45, 30:33] = np.nan
    found = features_at(dem, 2.0, 50.0, dem_sigma=2, feature_sigma=2)
    for feature in (found.slope, found.profile_curvature, found.planform_curvature):
        np.testing.assert_array_equal(np.isnan(feature), np.isnan(dem))


def test_smoothing_leaves_a_constant_alone_beside_holes_and_edges() -> None:
    array = np.full((20, 20), 7.0)
    array[5:9, 5:9] = np.nan
    (smoothed,) = smooth([array], 2.0)
    np.testing.assert_allclose(smoothed[~np.isnan(array)], 7.0)
    np.testing.assert_array_equal(np.isnan(smoothed), np.isnan(array))
    assert smooth([array], 0)[0] is array


def test_the_coarse_grid_covers_the_fine_one() -> None:
    assert coarse_shape((259, 283), 2.0, 50.0) == (11, 12)
    assert coarse_shape((100, 100), 5.0, 10.0) == (50, 50)
