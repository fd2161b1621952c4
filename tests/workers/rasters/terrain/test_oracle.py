"""Our terrain features beside arrays that whitebox_workflows 2.0.6 computed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workers.rasters.terrain.derivatives import derivatives
from workers.rasters.terrain.deviation import horn_slope, standard_deviation
from workers.rasters.terrain.percentile import elevation_percentile

ORACLE = Path(__file__).resolve().parents[4].parent / "shared/data/oracle"


@pytest.fixture(scope="module", params=["lidar_2m", "lidar_holes_2m", "planes_5ft"])
def oracle(request: pytest.FixtureRequest) -> dict[str, NDArray[Any]]:
    path = ORACLE / f"{request.param}.npz"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    with np.load(path) as arrays:
        known = {name: arrays[name] for name in arrays.files}
    dem = known["dem"].astype(np.float64)
    return known | {"dem": np.where(dem == -9999, np.nan, dem)}


def test_slope_and_curvatures_equal_the_oracle(oracle: dict[str, NDArray[Any]]) -> None:
    found = derivatives(oracle["dem"], float(oracle["resolution"]))
    for ours, name in (
        (found.slope, "slope"),
        (found.profile_curvature, "profile_curvature_log"),
        (found.planform_curvature, "plan_curvature_log"),
    ):
        np.testing.assert_array_equal(ours.astype(np.float32), oracle[name], err_msg=name)


def test_elevation_percentile_equals_the_oracle_in_every_window(oracle: dict[str, NDArray[Any]]) -> None:
    windows = [int(name.rpartition("_")[2]) for name in oracle if name.startswith("elevation_percentile_")]
    for window in windows:
        found = elevation_percentile(oracle["dem"], window)
        np.testing.assert_array_equal(found, oracle[f"elevation_percentile_{window}"], err_msg=str(window))
    assert len(windows) >= 3


def test_standard_deviation_of_slope_is_within_1e_5_degrees(oracle: dict[str, NDArray[Any]]) -> None:
    slope = horn_slope(oracle["dem"], float(oracle["resolution"]))
    windows = [int(name.rpartition("_")[2]) for name in oracle if name.startswith("slope_std_")]
    for window in windows:
        found = standard_deviation(slope, window)
        np.testing.assert_allclose(found, oracle[f"slope_std_{window}"], rtol=0, atol=1e-5, err_msg=str(window))
    assert len(windows) >= 3
