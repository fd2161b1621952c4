import numpy as np
import pytest

from tests.workers.conftest import WriteRaster
from workers.rasters import brightness
from workers.rasters.brightness import usual_range
from workers.rasters.intake import describe


def test_the_range_leaves_two_percent_out_at_either_end(write_raster: WriteRaster) -> None:
    image = np.arange(1024, dtype="uint16").reshape(32, 32) + 100
    file = describe(write_raster("a.tif", image), band_count=1)
    assert usual_range([file], band_count=1) == (120, 1103)


def test_all_bands_have_one_range_and_what_is_missing_is_none_of_it(write_raster: WriteRaster) -> None:
    image = np.stack([np.full((40, 40), value, "uint16") for value in (300, 900)])
    image[:, :20], image[:, 39] = 0, 65535
    file = describe(write_raster("a.tif", image, nodata=0), band_count=2, nodata=65535)
    assert usual_range([file], band_count=2) == (300, 900)
    assert usual_range([file], band_count=1) == (300, 301)


def test_where_nothing_is_valid_no_range_is_known(write_raster: WriteRaster) -> None:
    file = describe(write_raster("a.tif", np.zeros((40, 40), "uint16"), nodata=0), band_count=1)
    assert usual_range([file], band_count=1) is None


def test_files_are_sampled_from_the_first_to_the_last(
    write_raster: WriteRaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brightness, "_MOST_FILES", 2)
    files = [
        describe(write_raster(f"{value}.tif", np.full((300, 300), value, "uint16")), band_count=1)
        for value in (500, 9, 9, 700)
    ]
    assert usual_range([files[0], files[1], files[3], files[2]], band_count=1) == (500, 700)
