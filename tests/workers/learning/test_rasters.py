from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from tests.workers.learning.conftest import write_raster
from workers.errors import GridMismatch, InvalidInput
from workers.learning.rasters import check_rasters, read_rasters
from workers.learning.tiles import Tiles
from workers.records.progress import ignore_progress


def test_a_window_is_the_pixels_of_the_raster(rasters: dict[str, Path], decoded: Any) -> None:
    with rasterio.open(rasters["s"]) as dataset:
        expected = dataset.read(1)[64:96, 32:64]
    assert np.array_equal(decoded.layers("east")[1].window(32, 64, 32), expected)


def test_nodata_becomes_no_number_and_integers_stay_small(tmp_path: Path, tiles: Tiles) -> None:
    pixels = np.full((128, 256), 7, np.uint8)
    pixels[0, :3] = 255
    path = write_raster(tmp_path / "aerialr.tif", pixels, nodata=255)
    layer = read_rasters(tiles, {"east": [path]}, tmp_path, ignore_progress).layers("east")[0]
    assert layer.pixels.dtype == np.uint8
    assert np.isnan(layer.window(0, 0, 32)[0, :3]).all()
    assert layer.window(0, 0, 32)[0, 3] == 7.0


def test_an_infinite_pixel_counts_as_no_data(tmp_path: Path, tiles: Tiles) -> None:
    pixels = np.ones((128, 256), np.float32)
    pixels[0, 0], pixels[0, 1] = np.inf, -np.inf
    path = write_raster(tmp_path / "prc.tif", pixels)
    layer = read_rasters(tiles, {"east": [path]}, tmp_path, ignore_progress).layers("east")[0]
    assert np.isnan(layer.window(0, 0, 32)).sum() == 2


def test_more_pixels_than_fit_are_mapped_from_disk_and_read_the_same(
    tmp_path: Path, tiles: Tiles, rasters: dict[str, Path], decoded: Any
) -> None:
    files = {"east": list(rasters.values())}
    mapped = read_rasters(tiles, files, tmp_path / "mapped", ignore_progress, memory=1000).layers("east")[1]
    assert isinstance(mapped.pixels, np.memmap)
    assert np.array_equal(mapped.window(32, 64, 32), decoded.layers("east")[1].window(32, 64, 32))


def test_a_missing_channel_is_told_with_those_there_are(tiles: Tiles) -> None:
    with pytest.raises(InvalidInput, match="region east has no channel s_50; it has dem, s"):
        check_rasters(tiles, ("dem", "s_50"), {"east": {"dem": "a", "s": "b"}})
    with pytest.raises(InvalidInput, match="region east has no rasters"):
        check_rasters(tiles, ("dem",), {"west": {"dem": "a"}})


def test_the_mask_cannot_be_an_input(tiles: Tiles) -> None:
    with pytest.raises(InvalidInput, match="mask holds the map units that the run has to find"):
        check_rasters(tiles, ("dem", "mask"), {"east": {"dem": "a", "mask": "b"}})


def test_channels_of_two_sizes_and_tiles_outside_are_refused(
    tmp_path: Path, tiles: Tiles, rasters: dict[str, Path]
) -> None:
    small = write_raster(tmp_path / "ep.tif", np.zeros((128, 255), np.float32))
    with pytest.raises(GridMismatch, match=r"ep.tif has 255 x 128 pixels, dem.tif 256 x 128"):
        read_rasters(tiles, {"east": [rasters["dem"], small]}, tmp_path, ignore_progress)
    moved = replace(tiles, windows=tiles.windows + 1)
    with pytest.raises(InvalidInput, match="tile 8 lies outside the rasters of region east"):
        read_rasters(moved, {"east": [rasters["dem"]]}, tmp_path, ignore_progress)


def test_a_file_that_is_no_geotiff_is_refused(tmp_path: Path, tiles: Tiles) -> None:
    (tmp_path / "dem.tif").write_text("<VRTDataset/>")
    with pytest.raises(InvalidInput, match=r"the raster dem.tif cannot be read"):
        read_rasters(tiles, {"east": [tmp_path / "dem.tif"]}, tmp_path, ignore_progress)
