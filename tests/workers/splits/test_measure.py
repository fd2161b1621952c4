import csv
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.workers.conftest import WriteRaster
from workers.errors import GridMismatch, InvalidInput
from workers.records.grids import Window
from workers.records.progress import ignore_progress
from workers.splits.measure import measure_channel, measure_subset

OFFSET = 1e6


def write_table(folder: Path, *rows: tuple[str, int, int, int]) -> str:
    with (folder / "tiles.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("region", "col", "row", "size"), *rows])
    return "tiles.csv"


def hills(seed: int, side: int = 96) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(OFFSET, 20.0, (side, side)).astype(np.float32)


def test_a_pixel_counts_in_every_tile_that_holds_it(tmp_path: Path, write_raster: WriteRaster) -> None:
    values = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], np.float32)
    path = write_raster("dem.tif", values)
    found = measure_channel({"a": path}, {"a": [Window(0, 0, 2, 2), Window(1, 0, 2, 2)]})
    assert (found.valid_pixels, found.nodata_pixels) == (8, 0)
    assert (found.mean, found.minimum, found.maximum) == (4.0, 1.0, 7.0)  # 1 2 5 6 and 2 3 6 7
    assert found.std == pytest.approx(2.1213203435596424, rel=1e-12)
    assert found.percentiles["50"] == 4.0


def test_it_is_what_numpy_says_of_large_values_in_two_regions_with_holes(
    tmp_path: Path, write_raster: WriteRaster
) -> None:
    first, second = hills(1), hills(2)
    first[10:20, 30:40] = -9999
    second[:5] = -9999
    paths = {name: write_raster(f"{name}.tif", array, nodata=-9999) for name, array in (("a", first), ("b", second))}
    windows = [(0, 0), (16, 0), (40, 64)]
    rows = [(name, col, row, 32) for name in paths for col, row in windows]
    told = {"tiles": write_table(tmp_path, *rows), "rasters": {"dem": {name: str(paths[name]) for name in paths}}}
    result = measure_subset(told, tmp_path, ignore_progress)
    parts = [array[row : row + 32, col : col + 32].ravel() for array in (first, second) for col, row in windows]
    values = np.concatenate(parts).astype(np.float64)
    values = values[values != -9999]
    found: Any = result.channels["dem"]
    assert (result.tiles, found.valid_pixels, found.nodata_pixels) == (6, values.size, 6 * 1024 - values.size)
    np.testing.assert_allclose([found.mean, found.std], [values.mean(), values.std()], rtol=1e-6)
    ranks = [1, 2, 25, 50, 75, 98, 99]
    np.testing.assert_allclose(
        [found.percentiles[str(rank)] for rank in ranks], np.percentile(values, ranks), rtol=1e-6
    )


def test_memory_does_not_grow_with_the_number_of_tiles(tmp_path: Path, write_raster: WriteRaster) -> None:
    path = write_raster("dem.tif", hills(3, 300))
    windows = [Window(col, row, 256, 256) for col in range(0, 44, 4) for row in range(0, 44, 4)]  # 30 MiB of pixels
    measure_channel({"a": path}, {"a": windows[:1]})  # compiled by now
    tracemalloc.start()
    try:
        measure_channel({"a": path}, {"a": windows})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20


def test_a_tile_beyond_the_raster_is_named(tmp_path: Path, write_raster: WriteRaster) -> None:
    path = write_raster("dem.tif", hills(4))
    with pytest.raises(GridMismatch, match=r"a: the tile at column 80, row 0 reaches beyond the raster dem\.tif"):
        measure_channel({"a": path}, {"a": [Window(80, 0, 32, 32)]})


def test_a_subset_without_tiles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no tile with a place on a raster"):
        measure_subset({"tiles": write_table(tmp_path), "rasters": {}}, tmp_path, ignore_progress)
