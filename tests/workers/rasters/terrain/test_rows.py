"""Strips of a DEM give the bits of the whole."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from workers.rasters.terrain.derivatives import WINDOW_REACH, Floats, derivatives
from workers.rasters.terrain.deviation import horn_slope, standard_deviation
from workers.rasters.terrain.percentile import elevation_percentile
from workers.rasters.terrain.position import relative_elevation, topographic_position
from workers.rasters.terrain.rows import Rows, strips
from workers.rasters.terrain.scales import Scale, features_at
from workers.rasters.terrain.shading import SHADING_REACH, hillshade, multidirectional_hillshade

PARTS = [Rows(0, 60), Rows(60, 61), Rows(61, 180), Rows(180, 237)]


@pytest.fixture(scope="module")
def dem() -> Floats:
    """Rough ground with a hole, and a gap that reaches the edge."""
    random = np.random.default_rng(7)
    ground: Floats = random.normal(0, 0.3, (237, 143)).cumsum(0).cumsum(1) / 20 + random.uniform(0, 2, (237, 143))
    ground[55:75, 40:90] = np.nan
    ground[170:190, :5] = np.nan
    return ground


def test_large_rasters_come_in_strips_and_small_ones_whole() -> None:
    assert list(strips(3072, 3072)) == [Rows(0, 3072)]
    assert list(strips(2500, 12_288)) == [Rows(0, 1024), Rows(1024, 2048), Rows(2048, 2500)]
    assert list(strips(600, 1 << 25)) == [Rows(0, 512), Rows(512, 600)]


def test_slope_and_curvatures(dem: Floats) -> None:
    whole = derivatives(dem, 5.0).arrays()
    for rows in PARTS:
        outer = rows.widened(WINDOW_REACH, 237)
        found = derivatives(dem[outer.of()], 5.0, rows=rows.within(outer)).arrays()
        for part, array in zip(found, whole, strict=True):
            np.testing.assert_array_equal(part, array[rows.of()])


@pytest.mark.parametrize("window", [5, 51, 201])
def test_windows(dem: Floats, window: int) -> None:
    percentile, deviation = elevation_percentile(dem, window), standard_deviation(horn_slope(dem, 5.0), window)
    for rows in PARTS:
        outer = rows.widened(window // 2 + 1, 237)
        part, inner = dem[outer.of()], rows.within(outer)
        np.testing.assert_array_equal(elevation_percentile(part, window, rows=inner), percentile[rows.of()])
        found = standard_deviation(horn_slope(part, 5.0), window, rows=inner)
        np.testing.assert_array_equal(found, deviation[rows.of()])


@pytest.mark.parametrize("resolution", [7.3, 10.0, 50.0, 200.0])
def test_coarse_scales(dem: Floats, resolution: float) -> None:
    whole = features_at(dem, 5.0, resolution, dem_sigma=2, feature_sigma=1.5).arrays()
    scale = Scale(237, 143, 5.0, resolution, 2, 1.5)
    for rows in PARTS:
        of = scale.sources(rows)
        found = scale.features(dem[of.of()], of, rows).arrays()
        for part, array in zip(found, whole, strict=True):
            np.testing.assert_array_equal(part, array[rows.of()])


@pytest.mark.parametrize(
    ("kernel", "reach"),
    [
        (partial(relative_elevation, window=32), 16),
        (partial(relative_elevation, window=5), 2),
        (partial(topographic_position, radius=17), 17),
        (partial(hillshade, pixel_size=5.0), SHADING_REACH),
        (partial(multidirectional_hillshade, pixel_size=5.0), SHADING_REACH),
    ],
    ids=["rel_32x32", "rel_5x5", "tpi_17", "hillshade", "mdhs"],
)
def test_surroundings(dem: Floats, kernel: Callable[..., NDArray[np.float32]], reach: int) -> None:
    whole = kernel(dem)
    for rows in PARTS:
        outer = rows.widened(reach, 237)
        found = kernel(dem[outer.of()], rows=rows.within(outer))
        np.testing.assert_array_equal(found, whole[rows.of()])
