from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from tests.workers.conftest import LEFT, TOP, MadeRegion, WriteRaster
from workers.rasters import undeclared
from workers.rasters.build import process_region
from workers.rasters.intake import describe
from workers.rasters.undeclared import Mark, Undeclared, find_undeclared, read_undeclared, write_undeclared
from workers.records.grids import Grid
from workers.records.progress import ignore_progress
from workers.records.regions import RegionResult

GRID = Grid("EPSG:3089", LEFT, TOP, 5.0, 50, 40)
ABSENT = dict.fromkeys(("imagery", "map_units", "roads", "streams"))


def hills(*, low: float = 500, high: float = 600, kind: str = "float32") -> NDArray[Any]:
    """Return 2000 elevations that rise evenly."""
    return np.linspace(low, high, 2000).reshape(40, 50).astype(kind)


def marks(write_raster: WriteRaster, dem: NDArray[Any], *, factor: float = 1.0) -> list[tuple[float, float]]:
    file = describe(write_raster("dem.tif", dem), band_count=1)
    return [(mark.value, mark.share) for mark in find_undeclared([file], GRID, factor).marks]


@pytest.mark.parametrize("mark", [0, -9999, 9999, -32768, -32767, -999999])
def test_values_in_use_for_missing_ground_that_lie_apart_are_told(write_raster: WriteRaster, mark: int) -> None:
    dem = hills()
    dem[10:14, 10:15] = mark
    assert marks(write_raster, dem) == [(mark, 0.01)]


def test_two_marks_are_told_with_what_all_others_are(write_raster: WriteRaster) -> None:
    dem = hills(low=200, high=2199)
    dem[0, :20], dem[1, :40] = -9999, 0
    dem[2:, :] = 700
    file = describe(write_raster("dem.tif", dem), band_count=1)
    found = [(mark.value, mark.share, mark.low, mark.high) for mark in find_undeclared([file], GRID, 1.0).marks]
    np.testing.assert_allclose(np.array(found, float), [[0, 0.02, 239.39, 700], [-9999, 0.01, 239.39, 700]], rtol=1e-12)


def test_a_single_pixel_in_more_than_ten_thousand_is_passed_over(write_raster: WriteRaster) -> None:
    wide = np.full((100, 101), 300, "int16")
    wide[50, 50] = -32768
    file = describe(write_raster("dem.tif", wide), band_count=1)
    assert find_undeclared([file], Grid("EPSG:3089", LEFT, TOP, 5.0, 101, 100), 1.0).marks == ()
    assert find_undeclared([file], Grid("EPSG:3089", LEFT, TOP, 5.0, 100, 100), 1.0).marks[0].share == 1e-4


def test_the_sea_is_no_missing_ground(write_raster: WriteRaster) -> None:
    assert marks(write_raster, np.maximum(hills(low=-900, high=900), 0)) == []
    assert marks(write_raster, np.zeros((40, 50), "float32")) == []


def test_zero_is_told_from_fifty_metres_below_all_else(write_raster: WriteRaster) -> None:
    for low, found in ((164, [(0, 0.01)]), (160, [])):
        dem = np.full((40, 50), low + 0.5, "float32")
        dem[0, :20] = 0
        assert marks(write_raster, dem) == found  # 164.04 ft are 50 m


def test_zero_is_measured_in_the_unit_of_the_files(write_raster: WriteRaster) -> None:
    dem = np.full((40, 50), 55, "float32")
    dem[0, :20] = 0
    assert marks(write_raster, dem, factor=1.0) == []
    assert marks(write_raster, dem, factor=3937 / 1200) == [(0, 0.01)]


def test_high_mountains_do_not_hide_a_mark_nor_make_one(write_raster: WriteRaster) -> None:
    dem = hills(low=4000, high=9800)
    dem[0, :20] = -9999
    dem[39, 30:] = 9999
    assert marks(write_raster, dem) == [(-9999, 0.01)]


def test_nothing_but_a_mark_is_told(write_raster: WriteRaster) -> None:
    file = describe(write_raster("dem.tif", np.full((40, 50), -9999, "float32")), band_count=1)
    assert find_undeclared([file], GRID, 1.0).marks == (Mark(-9999.0, 1.0, None, None),)


def test_a_value_that_is_declared_or_stated_is_no_mark(write_raster: WriteRaster) -> None:
    dem = hills()
    dem[0, :20], dem[1, :20] = -9999, 0
    path = write_raster("dem.tif", dem, nodata=-9999)
    assert [mark.value for mark in find_undeclared([describe(path, band_count=1)], GRID, 1.0).marks] == [0]
    assert find_undeclared([describe(path, band_count=1, nodata=0)], GRID, 1.0).marks == ()


def test_each_pixel_within_the_grid_counts_once_whatever_the_blocks(
    write_raster: WriteRaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    dem = hills()
    dem[0, :20], dem[3, 1:8], dem[4, 9] = -9999, np.inf, -1e10
    west = describe(write_raster("w.tif", dem[:, :25]), band_count=1)
    east = describe(write_raster("e.tif", dem[:, 25:], left=LEFT + 127, top=TOP + 1.5), band_count=1)
    whole = find_undeclared([west, east], GRID, 1.0)
    assert (whole.beyond, [mark.share for mark in whole.marks]) == (8, [20 / 1992])
    monkeypatch.setattr(undeclared, "_ROWS", 7)
    monkeypatch.setattr(undeclared, "_COLS", 11)
    assert find_undeclared([west, east], GRID, 1.0) == whole


def test_what_was_found_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = Undeclared(8, (Mark(-9999.0, 0.1, 498.475, 536.412), Mark(0.0, 1.0, None, None)))
    write_undeclared(found, tmp_path)
    assert read_undeclared(tmp_path) == found


def test_files_beside_the_grid_have_nothing_to_tell(write_raster: WriteRaster) -> None:
    far = describe(write_raster("far.tif", np.full((4, 4), 9999, "float32"), left=LEFT + 9e4), band_count=1)
    assert find_undeclared([far], GRID, 1.0) == Undeclared(0, ())


def made(region: MadeRegion, out: Path, path: Path, **source: Any) -> tuple[RegionResult, NDArray[np.float32]]:
    """Return a region of a DEM alone on `GRID` less a pixel at each side, and its elevations."""
    bounds = [LEFT + 5, TOP - 195, LEFT + 245, TOP - 5]
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": bounds}
    dem = {"paths": [str(path)], "bands": ["dem"], **source}
    result = process_region(region.spec(dem=dem, grid=grid, buffer=0.0, **ABSENT), out, ignore_progress)
    with rasterio.open(out / "channels/dem.tif") as dataset:
        return result, dataset.read(1)


@pytest.mark.parametrize(("size", "missing"), [(5.0, 100), (4.0, 64)], ids=["on the grid", "off the grid"])
def test_dem_nodata_is_missing_before_anything_is_made_of_it(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path, size: float, missing: int
) -> None:
    metres = np.full((54, 66), 600, "float32")
    metres[20:30, 20:30] = -9999
    path = write_raster("metres.tif", metres, size=size)
    result, dem = made(made_region, tmp_path / "out", path, unit="metre", nodata=-9999)
    assert np.unique(dem).tolist() == [-9999, 1968.5]
    assert np.count_nonzero(dem == -9999) == missing
    assert result.quality.warnings == ()
    _, careless = made(made_region, tmp_path / "careless", path, unit="metre")
    assert careless.min() == np.float32(-9999 * 3937 / 1200)


def test_a_mark_is_told_by_the_value_of_the_file_although_the_grid_has_another(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    metres = np.full((54, 66), 600, "float32")
    metres[20:30, 20:30] = -9999
    result, dem = made(made_region, tmp_path / "out", write_raster("metres.tif", metres, size=4.0), unit="metre")
    assert not (dem == -9999).any()
    assert result.quality.warnings[0] == (
        "Elevation is -9999 on 3.42 % of the pixels of its files, far from nearly all others (600 to 600): if that "
        "stands for missing ground, set dem.nodata: -9999."
    )


def test_what_is_never_ground_is_missing_and_counted(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    dem = hills()
    dem[10, 10:15] = [np.inf, -np.inf, np.nan, 1e10, -1_000_001]
    dem[20, 10:12] = [1_000_000, 999]
    result, found = made(made_region, tmp_path / "out", write_raster("dem.tif", dem), unit="US survey foot")
    assert found[9, 9:14].tolist() == [-9999] * 5
    assert found[19, 9:11].tolist() == [1_000_000, 999]
    assert (
        "elevations that are no number or beyond 1,000,000 in the grid's unit count as missing: 5 pixels of the files"
    ) in result.notes


def test_what_is_never_ground_is_told_in_the_unit_of_the_grid(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    dem = hills()
    dem[10, 10:12] = [304_800, 304_801]  # 999,998 and 1,000,001.3 ft
    _, found = made(made_region, tmp_path / "out", write_raster("dem.tif", dem), unit="metre")
    assert found[9, 9:11].tolist() == [999998, -9999]
