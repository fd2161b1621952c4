"""Terrain of a real DEM in whole metres that matplotlib ships, beside what whitebox_workflows 2.0.6 gave for four of
its cells: two corners, one inside, one beside the edge.
"""

import numpy as np
import pytest
from matplotlib import cbook
from numpy.typing import NDArray

from workers.rasters.terrain.derivatives import Floats, derivatives
from workers.rasters.terrain.deviation import horn_slope, standard_deviation
from workers.rasters.terrain.percentile import elevation_percentile

PIXEL = 90.0
ROWS, COLS = [0, 100, 343, 171], [0, 200, 402, 1]


@pytest.fixture(scope="module")
def dem() -> Floats:
    path = cbook.get_sample_data("jacksboro_fault_dem.npz", asfileobj=False)
    with np.load(str(path)) as sample:
        return np.asarray(sample["elevation"], np.float64)


def at_cells(array: NDArray[np.floating]) -> list[float]:
    return [float(value) for value in array[ROWS, COLS].astype(np.float32)]


def as_floats(*values: float) -> list[float]:
    return [float(np.float32(value)) for value in values]


def test_slope_and_curvatures(dem: Floats) -> None:
    found = derivatives(dem, PIXEL)
    assert at_cells(found.slope) == as_floats(0.9639356732, 14.2869472504, 0.2992018163, 21.034646987)
    assert at_cells(found.profile_curvature) == as_floats(-0.6260883212, 1.9939996004, -0.036235023, -2.5580041409)
    assert at_cells(found.planform_curvature) == as_floats(-3.022014141, 1.7261291742, 6.0404891968, 2.6359372139)


def test_curvatures_per_metre(dem: Floats) -> None:
    found = derivatives(dem, PIXEL, log_transform=False)
    assert at_cells(found.profile_curvature) == as_floats(
        -8.702802733751014e-05, 0.0006344851572066545, -3.6899511997035006e-06, -0.0011910023167729378
    )
    assert at_cells(found.planform_curvature) == as_floats(
        -0.00195326074026525, 0.00046188622945919633, 0.04190985858440399, 0.0012956387363374233
    )
    np.testing.assert_array_equal(found.slope, derivatives(dem, PIXEL).slope)


def test_elevation_percentile(dem: Floats) -> None:
    assert at_cells(elevation_percentile(dem, 11)) == as_floats(61.1111107, 54.5454559, 83.3333359, 44.1558456)
    assert at_cells(elevation_percentile(dem, 201)) == as_floats(50.0147057, 34.3357849, 12.8614845, 92.4934158)


def test_standard_deviation_of_slope(dem: Floats) -> None:
    found = standard_deviation(horn_slope(dem, PIXEL), 51)
    assert at_cells(found) == pytest.approx([4.405538559, 6.511242867, 1.756213903, 4.5290308], abs=1e-5)
