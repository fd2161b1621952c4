import numpy as np
import pytest

from workers.rasters.terrain.derivatives import derivatives, log_multiplier


def test_a_plane_has_its_slope_everywhere_inside_and_no_curvature() -> None:
    rows, cols = np.mgrid[0:9, 0:9].astype(float)
    found = derivatives(10.0 * cols - 10.0 * rows, 10.0)
    inside = (slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(found.slope[inside], 54.735610317245346, atol=1e-12)
    np.testing.assert_allclose(found.profile_curvature[inside], 0, atol=1e-9)
    np.testing.assert_allclose(found.planform_curvature[inside], 0, atol=1e-9)


def test_one_raised_neighbour_gives_the_numbers_of_the_formulas() -> None:
    dem = np.zeros((5, 5))
    dem[2, 3] = 1.0  # east of the centre: p = 68 / 420, q = s = 0, r = -1 / 35, t = -2 / 35
    found = derivatives(dem, 1.0)
    assert found.slope[2, 2] == pytest.approx(9.196655891628902, abs=1e-12)  # atan(68 / 420)
    assert found.profile_curvature[2, 2] == pytest.approx(
        3.349332864596, abs=1e-12
    )  # ln(1 + 1000 / 35 / (1 + p^2)^1.5)
    assert found.planform_curvature[2, 2] == pytest.approx(5.869130731164, abs=1e-12)  # ln(1 + 1000 x 6 / 17)


def test_flat_ground_has_neither_slope_nor_curvature() -> None:
    found = derivatives(np.full((6, 6), 712.25), 5.0)
    for feature in (found.slope, found.profile_curvature, found.planform_curvature):
        np.testing.assert_array_equal(feature, 0)


def test_a_missing_cell_stays_missing_and_its_neighbours_take_their_own_elevation() -> None:
    dem = np.zeros((5, 5))
    dem[2, 3] = np.nan
    found = derivatives(dem, 1.0)
    assert np.isnan(found.slope[2, 3])
    assert found.slope[2, 2] == 0
    assert np.isnan(found.slope).sum() == 1


@pytest.mark.parametrize(("pixel_size", "multiplier"), [(0.5, 1e2), (5, 1e3), (10, 1e4), (200, 1e5), (90000, 1e9)])
def test_the_log_transform_depends_on_the_pixel_size(pixel_size: float, multiplier: float) -> None:
    assert log_multiplier(pixel_size) == multiplier


def test_without_the_logarithm_curvature_is_that_of_the_surface() -> None:
    """On z = 0.01 x^2 at x = 20: p = 0.4, r = 0.02, k = -r / (1 + p^2)^1.5; across the slope the ground is straight."""
    parabola = np.tile(0.01 * (np.arange(7) * 5.0) ** 2, (7, 1))
    found = derivatives(parabola, 5.0, log_transform=False)
    assert found.profile_curvature[3, 4] == pytest.approx(-0.016008218808366538, rel=1e-12)
    assert found.planform_curvature[3, 4] == pytest.approx(0, abs=1e-12)
