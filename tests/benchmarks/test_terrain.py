import numpy as np

from benchmarks.made_dem import made_dem
from benchmarks.sides import Clock, Side
from benchmarks.terrain_ours import features
from workers.records.channels import CHANNEL_NAMES


def test_the_made_ground_is_the_same_each_time_and_looks_like_ground() -> None:
    dem = made_dem(256)
    np.testing.assert_array_equal(dem, made_dem(256))
    assert (dem.dtype.name, dem.shape) == ("float32", (256, 256))
    assert 30 < np.ptp(dem) < 36  # 400 ft on 3,072 pixels, and as steep on fewer


def test_the_thirty_features_of_the_paper_are_measured() -> None:
    clock = Clock()
    found = features(made_dem(256).astype(np.float64), clock)
    terrain = {name for name in CHANNEL_NAMES if name.split("_")[0] in ("s", "prc", "plc", "ep", "sds")}
    assert found.keys() == clock.seconds.keys() == terrain
    assert len(terrain) == 30
    assert all(np.isfinite(array).all() for array in found.values())


def test_what_is_computed_together_shares_its_time() -> None:
    clock = Clock()
    with clock.shared_by("a", "b"):
        clock.timed("a", lambda: None)
    assert clock.seconds["b"] < clock.seconds["a"]


def test_a_side_is_the_median_of_its_runs_and_their_largest_memory() -> None:
    runs = [{"seconds": {"s": seconds}, "peak_mib": peak} for seconds, peak in ((3.0, 10), (1.0, 30), (2.0, 20))]
    side = Side.of(runs)
    assert (side.seconds, side.total, side.peak_mib) == ({"s": 2.0}, 2.0, 30.0)
