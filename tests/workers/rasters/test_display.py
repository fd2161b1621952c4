from pathlib import Path

import numpy as np
import pytest
import rasterio
from rio_cogeo.cogeo import cog_validate

from workers.rasters.display import display_range, to_bytes, write_display
from workers.rasters.qc import statistics_of
from workers.rasters.store import write_analysis
from workers.records.grids import Grid

GRID = Grid("EPSG:3089", 4_700_000.0, 3_560_000.0, 5.0, 600, 520)


def test_the_range_is_scaled_to_1_and_255_and_clipped() -> None:
    values = np.array([[-9999, -5, 0, 5, 10, 99]], np.float32)
    found = to_bytes(values, kind="continuous", nodata=-9999, spread=(0, 10))
    assert found.tolist() == [[0, 1, 1, 128, 255, 255]]


def test_classes_stay_and_binary_values_move_up_by_one() -> None:
    values = np.array([[0, 1]], np.uint8)
    assert to_bytes(values, kind="class", nodata=0, spread=(1, 7)).tolist() == [[0, 1]]
    assert to_bytes(values, kind="binary", nodata=None, spread=(0, 1)).tolist() == [[1, 2]]


def test_nothing_is_shown_where_a_file_of_others_has_no_data() -> None:
    floats = np.array([[np.nan, 1.0, np.inf]], np.float32)
    assert to_bytes(floats, kind="class", nodata=np.nan, spread=(1, 7)).tolist() == [[0, 1, 0]]
    assert to_bytes(floats, kind="continuous", nodata=np.nan, spread=(0, 1)).tolist() == [[0, 255, 0]]
    bytes_ = np.array([[0, 1, 255]], np.uint8)
    assert to_bytes(bytes_, kind="binary", nodata=255, spread=(0, 1)).tolist() == [[1, 2, 0]]


def test_eight_bit_images_are_shown_as_they_are() -> None:
    statistics = statistics_of(np.array([[30, 200]], np.uint8), 0)
    assert display_range("image", "uint8", statistics) == (1, 255)
    assert display_range("image", "uint16", statistics) == (1, 255)  # where tile files use every value of 8 bits
    values = np.array([[0, 1, 100, 255]], np.uint8)
    assert to_bytes(values, kind="image", nodata=0, spread=(1, 255)).tolist() == values.tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [([4.0, 4.0], (4, 5)), ([-9999.0], (0, 1)), (list(range(101)), (2, 98))],
)
def test_the_range_of_continuous_channels_is_never_empty(values: list[float], expected: tuple[float, float]) -> None:
    statistics = statistics_of(np.array([values], np.float32), -9999)
    assert display_range("continuous", "float32", statistics) == expected


def test_the_copy_is_a_web_mercator_cog_of_256_pixel_blocks(tmp_path: Path) -> None:
    values = np.full((520, 600), 5, np.float32)
    values[:, :300] = np.nan
    write_analysis(tmp_path / "a.tif", values, GRID, kind="continuous")
    write_display(tmp_path / "a.tif", tmp_path / "d.tif", kind="continuous", spread=(0, 10))
    assert cog_validate(tmp_path / "d.tif", strict=True) == (True, [], [])
    with rasterio.open(tmp_path / "d.tif") as dataset:
        assert (dataset.crs.to_epsg(), dataset.dtypes, dataset.nodata) == (3857, ("uint8",), 0)
        assert (dataset.block_shapes, dataset.overviews(1)[0]) == ([(256, 256)], 2)
        assert set(np.unique(dataset.read(1))) == {0, 128}


def test_classes_are_not_mixed_on_the_way(tmp_path: Path) -> None:
    values = np.random.default_rng(3).choice(np.array([1, 7], np.uint8), (520, 600))
    write_analysis(tmp_path / "m.tif", values, GRID, kind="class")
    write_display(tmp_path / "m.tif", tmp_path / "d.tif", kind="class", spread=(1, 7))
    with rasterio.open(tmp_path / "d.tif") as dataset:
        assert set(np.unique(dataset.read(1))) == {0, 1, 7}


def test_a_line_one_pixel_wide_is_still_a_line_in_the_overviews(tmp_path: Path) -> None:
    values = np.zeros((520, 600), np.uint8)
    values[:, 300] = 1
    write_analysis(tmp_path / "n.tif", values, GRID, kind="binary")
    write_display(tmp_path / "n.tif", tmp_path / "d.tif", kind="binary", spread=(0, 1))
    with rasterio.open(tmp_path / "d.tif", overview_level=1) as dataset:
        shown = dataset.read(1)
    assert set(np.unique(shown)) == {0, 1, 2}
    rows = (shown > 0).any(axis=1)
    assert (shown[rows] == 2).any(axis=1).mean() > 0.5
