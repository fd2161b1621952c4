from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from workers.errors import StoreUnavailable
from workers.maptiles.reader import WORLD, MapTile, RasterReader
from workers.records.grids import Window

TILE = MapTile(12, 1066, 1600)


def write_raster(path: Path, values: np.ndarray, *, left: float, top: float, pixel: float) -> Path:
    profile = {
        "driver": "GTiff",
        "width": values.shape[1],
        "height": values.shape[0],
        "count": 1,
        "dtype": values.dtype,
    }
    transform = Affine(pixel, 0, left, 0, -pixel, top)
    with rasterio.open(path, "w", crs="EPSG:3857", transform=transform, nodata=0, **profile) as dataset:
        dataset.write(values, 1)
    return path


@pytest.fixture
def aligned(tmp_path: Path) -> Path:
    """Exactly the map tile: its columns count from 0 to 255."""
    left, _, right, top = TILE.bounds
    values = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    return write_raster(tmp_path / "aligned.tif", values, left=left, top=top, pixel=(right - left) / 256)


def test_bounds_of_the_world_and_of_a_quarter() -> None:
    assert MapTile(0, 0, 0).bounds == (-WORLD, -WORLD, WORLD, WORLD)
    assert MapTile(1, 1, 0).bounds == (0, 0, WORLD, WORLD)


@pytest.mark.parametrize(("z", "x", "y"), [(23, 0, 0), (1, 2, 0), (1, 0, 2)])
def test_a_map_tile_out_of_range_does_not_exist(z: int, x: int, y: int) -> None:
    assert not MapTile(z, x, y).exists


def test_a_map_tile_that_is_the_raster_comes_as_it_is(aligned: Path) -> None:
    values = RasterReader().map_tile(aligned, TILE)
    assert values is not None
    assert values[7].tolist() == list(range(256))


def test_the_parent_takes_every_second_pixel_and_leaves_the_rest_empty(aligned: Path) -> None:
    values = RasterReader().map_tile(aligned, MapTile(11, 533, 800))
    assert values is not None
    assert values[5, :128].tolist() == list(range(1, 256, 2))
    assert not values[5, 128:].any()
    assert not values[128:].any()


def test_a_child_repeats_each_pixel(aligned: Path) -> None:
    values = RasterReader().map_tile(aligned, MapTile(13, 2133, 3200))
    assert values is not None
    assert values[0, :6].tolist() == [128, 128, 129, 129, 130, 130]


def test_outside_there_is_nothing(aligned: Path) -> None:
    assert RasterReader().map_tile(aligned, MapTile(12, 1068, 1600)) is None


def test_overviews_give_the_same_place(tmp_path: Path, aligned: Path) -> None:
    with rasterio.open(aligned, "r+") as dataset:
        dataset.build_overviews([2, 4], rasterio.enums.Resampling.nearest)
    values = RasterReader().map_tile(aligned, MapTile(10, 266, 400))
    assert values is not None
    columns, rows = np.flatnonzero(values.any(axis=0)), np.flatnonzero(values.any(axis=1))
    assert (columns[0], columns[-1], rows[0], rows[-1]) == (129, 191, 0, 63)  # column 128 holds the value 0
    assert np.abs(values[9, 128:192] - 4.0 * np.arange(64)).max() <= 3


def test_datasets_used_last_stay_open(aligned: Path, tmp_path: Path) -> None:
    reader = RasterReader(most_open=1)
    with reader.opened(aligned) as first:
        pass
    other = write_raster(tmp_path / "b.tif", np.ones((4, 4), np.uint8), left=9, top=9, pixel=1)
    with reader.opened(other):
        assert first.closed


def test_many_threads_read_few_slots(aligned: Path, tmp_path: Path) -> None:
    paths = [
        write_raster(tmp_path / f"{n}.tif", np.full((8, 8), n, np.uint8), left=9, top=8, pixel=1) for n in range(1, 9)
    ]
    reader = RasterReader(most_open=2)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda n: int(reader.tile(paths[n % 8], Window(0, 0, 8, 8)).max()), range(400)))
    assert read == [n % 8 + 1 for n in range(400)]


def test_a_missing_or_foreign_file_is_a_store_error(tmp_path: Path) -> None:
    fake = tmp_path / "fake.tif"
    fake.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    for path in (tmp_path / "none.tif", fake):
        with pytest.raises(StoreUnavailable), RasterReader().opened(path):
            pass


def test_a_tile_masks_nodata(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "n.tif", np.array([[0, 5], [6, 7]], np.uint8), left=9, top=2, pixel=1)
    window = RasterReader().tile(path, Window(0, 0, 2, 2))
    assert np.ma.getmaskarray(window).tolist() == [[True, False], [False, False]]
    assert int(window.sum()) == 18
