import numpy as np
import pytest

from workers.rasters.qc import statistics_of


def test_only_valid_pixels_are_counted() -> None:
    found = statistics_of(np.array([[1, 2, 3, 4, -9999]], np.float32), -9999)
    assert (found.valid_pixels, found.nodata_pixels) == (4, 1)
    assert (found.minimum, found.maximum, found.mean) == (1, 4, 2.5)
    assert found.std == pytest.approx(1.25**0.5)
    assert found.percentiles["50"] == 2.5
    assert list(found.percentiles) == ["1", "2", "25", "50", "75", "98", "99"]
    assert (len(found.histogram), sum(found.histogram), found.histogram[0], found.histogram[-1]) == (64, 4, 1, 1)


def test_a_constant_has_a_histogram_too() -> None:
    found = statistics_of(np.full((3, 3), 7, np.uint8), None)
    assert (found.std, found.histogram[0]) == (0, 9)


def test_nothing_valid_has_no_statistics() -> None:
    found = statistics_of(np.zeros((2, 2), np.uint8), 0)
    assert (found.valid_pixels, found.nodata_pixels) == (0, 4)
    assert (found.minimum, found.mean, found.percentiles, found.histogram) == (None, None, {}, ())


@pytest.mark.parametrize("nodata", [None, float("nan"), -9999.0])
def test_what_is_not_finite_is_no_data(nodata: float | None) -> None:
    found = statistics_of(np.array([[1, 3, np.nan, np.inf]], np.float32), nodata)
    assert (found.valid_pixels, found.nodata_pixels, found.mean) == (2, 2, 2.0)
