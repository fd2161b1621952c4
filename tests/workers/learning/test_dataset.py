from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workers.learning.conftest import write_raster
from workers.errors import InvalidInput
from workers.learning.dataset import TileImages, average_down, measure_normalisation
from workers.learning.rasters import read_rasters
from workers.learning.tiles import Tiles
from workers.records.learning import Normalisation
from workers.records.progress import ignore_progress


def test_blocks_are_averaged_over_their_valid_pixels() -> None:
    nan = np.nan
    image = np.array([[[1, 3, nan, 4], [5, 7, nan, 6], [nan, nan, 0, 0], [nan, nan, 0, 8]]], np.float32)
    expected = np.array([[[4, 5], [nan, 2]]], np.float32)
    assert np.array_equal(average_down(image, 2), expected, equal_nan=True)


def test_a_batch_is_normalised_and_no_data_is_the_mean(tmp_path: Path, tiles: Tiles) -> None:
    pixels = np.full((128, 256), 12.0, np.float32)
    pixels[0, 0] = -9999
    rasters = read_rasters(
        tiles, {"east": [write_raster(tmp_path / "d.tif", pixels, nodata=-9999)]}, tmp_path, ignore_progress
    )
    batch = TileImages(tiles, rasters, 32).batch([0, 1], Normalisation((10.0,), (4.0,)))
    assert batch.shape == (2, 1, 32, 32)
    assert batch.dtype == np.float32
    assert (batch[0, 0, 0, 0], batch[0, 0, 0, 1], batch[1, 0, 0, 0]) == (0.0, 0.5, 0.5)


def test_normalisation_is_that_of_all_pixels_of_the_tiles(tiles: Tiles, decoded: Any) -> None:
    train = TileImages(tiles.of_subset("train"), decoded, 32)
    measured = measure_normalisation(train, ("dem", "s"), ignore_progress)
    pixels = np.stack([train.full(row) for row in range(8)]).astype(np.float64)
    assert measured.mean == pytest.approx(pixels.mean(axis=(0, 2, 3)), rel=1e-12)
    assert measured.std == pytest.approx(pixels.std(axis=(0, 2, 3)), rel=1e-12)


def test_a_constant_channel_has_a_deviation_of_one_and_an_empty_one_is_refused(tmp_path: Path, tiles: Tiles) -> None:
    path = write_raster(tmp_path / "flat.tif", np.full((128, 256), 579.63446, np.float32), nodata=-1)
    flat = TileImages(tiles, read_rasters(tiles, {"east": [path]}, tmp_path, ignore_progress), 32)
    assert measure_normalisation(flat, ("dem",), ignore_progress).std == (1.0,)
    write_raster(path, np.full((128, 256), -1, np.float32), nodata=-1)
    empty = replace(flat, rasters=read_rasters(tiles, {"east": [path]}, tmp_path, ignore_progress))
    with pytest.raises(InvalidInput, match="channel dem has no valid pixel"):
        measure_normalisation(empty, ("dem",), ignore_progress)


def test_a_tile_is_averaged_once_and_read_anew_where_all_would_not_fit(
    tiles: Tiles, decoded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    normalisation = Normalisation((0.0, 0.0), (1.0, 1.0))
    images = TileImages(tiles, decoded, 16)
    first = images.batch([3], normalisation)
    decoded.layers("east")[0].pixels[:] = 0
    assert np.array_equal(images.batch([3], normalisation), first)
    monkeypatch.setattr("workers.learning.dataset.KEPT_BYTES", 0)
    fresh = TileImages(tiles, decoded, 16)
    fresh.batch([3], normalisation)
    decoded.layers("east")[0].pixels[:] = 1
    assert fresh.batch([3], normalisation)[0, 0].tolist() == [[1.0] * 16] * 16


def test_an_input_size_that_does_not_divide_the_tile_is_refused(tiles: Tiles, decoded: Any) -> None:
    with pytest.raises(InvalidInput, match="input_size: 24 does not divide the tiles' side of 32 pixels"):
        TileImages(tiles, decoded, 24)
