from pathlib import Path

import numpy as np
import pytest
import rasterio
from rio_cogeo.cogeo import cog_validate

from workers.errors import GridMismatch
from workers.rasters.store import Finished, check_grid, image_values, read_continuous, write_analysis
from workers.records.grids import Grid

GRID = Grid("EPSG:3089", 4_700_000.0, 3_560_000.0, 5.0, 600, 520)


def test_a_continuous_channel_is_a_cog_that_reads_back_as_written(tmp_path: Path) -> None:
    values = np.random.default_rng(1).uniform(-1, 1, (520, 600)).astype(np.float32)
    values[3, 4] = np.nan
    write_analysis(tmp_path / "s.tif", values, GRID, kind="continuous")
    assert cog_validate(tmp_path / "s.tif", strict=True) == (True, [], [])
    np.testing.assert_array_equal(read_continuous(tmp_path / "s.tif").astype(np.float32), values)
    with rasterio.open(tmp_path / "s.tif") as dataset:
        assert (dataset.dtypes, dataset.nodata, dataset.block_shapes) == (("float32",), -9999, [(256, 256)])
        assert (dataset.crs.to_epsg(), tuple(dataset.transform)[:6]) == (3089, GRID.transform)


@pytest.mark.parametrize(("kind", "nodata"), [("image", 0), ("class", 0), ("binary", None)])
def test_bytes_keep_their_values_and_only_binary_has_no_nodata(tmp_path: Path, kind: str, nodata: int | None) -> None:
    values = np.random.default_rng(2).integers(0, 2, (520, 600)).astype(np.uint8)
    write_analysis(tmp_path / "c.tif", values, GRID, kind=kind)  # type: ignore[arg-type]  # parametrised text
    with rasterio.open(tmp_path / "c.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), values)
        assert dataset.nodata == nodata


def test_black_is_one_and_missing_is_nothing() -> None:
    band = np.array([[0.0, 1.4, 254.6, np.nan]], np.float32)
    np.testing.assert_array_equal(image_values(band), np.array([[1, 1, 255, 0]], np.uint8))


def test_the_ends_of_a_range_become_1_and_255_and_what_is_beyond_them_too() -> None:
    band = np.array([[0, 111, 112, 119, 120, 2001, 3882, 3883, 3890, 65535, np.nan]], np.float32)
    found = image_values(band, (112, 3890))
    np.testing.assert_array_equal(found, np.array([[1, 1, 1, 1, 2, 128, 254, 255, 255, 255, 0]], np.uint8))


def test_a_raster_off_the_grid_is_named(tmp_path: Path) -> None:
    shifted = Grid(GRID.crs, GRID.origin_x + 5, GRID.origin_y, 5.0, 600, 520)
    rasters = []
    for name, grid in (("dem", GRID), ("s", shifted)):
        write_analysis(tmp_path / f"{name}.tif", np.zeros((520, 600), np.float32), grid, kind="continuous")
        rasters.append(Finished(name, "continuous", tmp_path / f"{name}.tif"))
    check_grid(rasters[:1], GRID)
    with pytest.raises(GridMismatch, match=r"^s: 600 x 520 at .* is not on the region's grid"):
        check_grid(rasters, GRID)
