import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from tests.workers.conftest import LEFT, TOP, WriteRaster
from workers.errors import BrokenFile
from workers.rasters.intake import describe
from workers.rasters.mosaic import Bands, lattices, open_mosaic
from workers.records.grids import Window

CORNER = Window(0, 0, 4, 2)


def mosaic_of(*paths: Path, band_count: int = 1, window: Window = CORNER) -> Bands:
    (lattice,) = lattices([describe(path, band_count=band_count) for path in paths])
    with open_mosaic(lattice, band_count=band_count) as mosaic:
        found = mosaic.read(window)
    assert found is not None
    return found


def test_the_first_file_wins_and_later_ones_fill_its_holes(write_raster: WriteRaster) -> None:
    first = write_raster("a.tif", np.array([[1, -9999], [1, 1]], "float32"), nodata=-9999)
    second = write_raster("b.tif", np.full((2, 3), 2, "float32"))
    found = mosaic_of(first, second)
    np.testing.assert_array_equal(found, [[[1, 2, 2, np.nan], [1, 1, 2, np.nan]]])


def test_files_side_by_side_join_without_a_gap(write_raster: WriteRaster) -> None:
    west = write_raster("w.tif", np.full((2, 2), 1, "float32"))
    east = write_raster("e.tif", np.full((2, 2), 2, "float32"), left=LEFT + 10)
    np.testing.assert_array_equal(mosaic_of(east, west), [[[1, 1, 2, 2], [1, 1, 2, 2]]])


def test_a_window_beyond_the_files_is_none(write_raster: WriteRaster) -> None:
    path = write_raster("a.tif", np.ones((2, 2), "float32"))
    (lattice,) = lattices([describe(path, band_count=1)])
    with open_mosaic(lattice, band_count=1) as mosaic:
        assert mosaic.read(Window(10, 10, 4, 4)) is None
    assert np.isnan(mosaic_of(path, window=Window(-1, -1, 2, 2))).sum() == 3


def test_files_of_another_pixel_size_or_alignment_are_another_lattice(write_raster: WriteRaster) -> None:
    flat = np.ones((2, 2), "float32")
    files = [
        describe(path, band_count=1)
        for path in (
            write_raster("a.tif", flat),
            write_raster("b.tif", flat, size=2.0),
            write_raster("c.tif", flat, top=TOP - 50),
            write_raster("d.tif", flat, left=LEFT + 2.5),
        )
    ]
    assert [len(lattice.files) for lattice in lattices(files)] == [2, 1, 1]


def test_values_beyond_anything_measured_count_as_missing(write_raster: WriteRaster) -> None:
    path = write_raster("a.tif", np.array([[np.finfo("float32").min, 3, np.inf, np.nan]], "float32"))
    np.testing.assert_array_equal(mosaic_of(path, window=Window(0, 0, 4, 1)), [[[np.nan, 3, np.nan, np.nan]]])


@pytest.mark.parametrize(
    ("kind", "nothing"),
    [
        ("int64", -9999),
        ("uint8", 0),
        ("int16", -32768),
        ("float32", math.nan),
        ("float64", -1.7976931348623157e308),
        ("float64", 1e-300),
    ],
)
def test_nodata_of_every_kind_is_missing(write_raster: WriteRaster, kind: str, nothing: float) -> None:
    path = write_raster("a.tif", np.array([[nothing, 3]], kind), nodata=nothing)
    np.testing.assert_array_equal(mosaic_of(path, window=Window(0, 0, 2, 1)), [[[np.nan, 3]]])


@pytest.mark.parametrize(
    ("kind", "values", "nodata", "missing"),
    [
        ("float32", [0, 3, -1], 0, [True, False, True]),
        ("float32", [-9999.9, -9999.8, -1], -9999.9, [True, False, True]),
        ("float64", [1e300, 1, -1], 1, [True, True, True]),
        ("float32", [2, 3, -1], 1e300, [False, False, True]),
        ("uint8", [0, 241, 255], -9999, [False, False, False]),
        ("int16", [-9999, 3, -1], -9999, [True, False, True]),
    ],
)
def test_a_value_said_besides_is_missing_too(
    write_raster: WriteRaster, kind: str, values: list[float], nodata: float, missing: list[bool]
) -> None:
    declared = {} if kind == "uint8" else {"nodata": -1}
    path = write_raster("a.tif", np.array([values], kind), **declared)
    (lattice,) = lattices([describe(path, band_count=1, nodata=nodata)])
    with open_mosaic(lattice, band_count=1) as mosaic:
        found = mosaic.read(Window(0, 0, 3, 1))
    assert found is not None
    assert np.isnan(found[0, 0]).tolist() == missing


def test_a_value_said_besides_is_missing_where_all_bands_have_it(write_raster: WriteRaster) -> None:
    bands = np.array([[[255, 255]], [[7, 255]]], "uint8")
    (lattice,) = lattices([describe(write_raster("a.tif", bands), band_count=2, nodata=255)])
    with open_mosaic(lattice, band_count=2) as mosaic:
        np.testing.assert_array_equal(mosaic.read(Window(0, 0, 2, 1)), [[[255, np.nan]], [[7, np.nan]]])


def test_what_is_beyond_a_bound_is_missing_and_counted_where_nothing_else_says_so(write_raster: WriteRaster) -> None:
    path = write_raster("a.tif", np.array([[-1e7, 1e6, -1e6, 2e6, np.nan, np.inf]], "float32"), nodata=-1e7)
    (lattice,) = lattices([describe(path, band_count=1, nodata=2e6)])
    with open_mosaic(lattice, band_count=1, most=1e6) as mosaic:
        found = mosaic.read(Window(0, 0, 6, 1))
        assert mosaic.beyond == 2
    np.testing.assert_array_equal(found, [[[np.nan, 1e6, -1e6, np.nan, np.nan, np.nan]]])


def test_a_mask_of_its_own_says_what_is_missing(write_raster: WriteRaster) -> None:
    path = write_raster("a.tif", np.array([[7, 3]], "uint8"))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(np.array([[0, 255]], "uint8"))
    np.testing.assert_array_equal(mosaic_of(path, window=Window(0, 0, 2, 1)), [[[np.nan, 3]]])


def test_black_in_one_band_is_not_missing(write_raster: WriteRaster) -> None:
    bands = np.array([[[0, 0]], [[7, 0]]], "uint8")
    found = mosaic_of(write_raster("a.tif", bands, nodata=0), band_count=2, window=Window(0, 0, 2, 1))
    np.testing.assert_array_equal(found, [[[0, np.nan]], [[7, np.nan]]])


def test_near_infrared_marked_as_alpha_is_data(write_raster: WriteRaster) -> None:
    bands = np.array([[[5]], [[5]], [[5]], [[0]]], "uint8")
    path = write_raster("a.tif", bands, photometric="RGB", alpha="yes")
    with rasterio.open(path) as dataset:
        assert dataset.colorinterp[3] == ColorInterp.alpha
    np.testing.assert_array_equal(
        mosaic_of(path, band_count=4, window=Window(0, 0, 1, 1)), [[[5]], [[5]], [[5]], [[0]]]
    )
    assert np.isnan(mosaic_of(path, band_count=3, window=Window(0, 0, 1, 1))).all()


def test_more_files_than_may_be_open_at_once_are_read(
    write_raster: WriteRaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.rasters.mosaic._MOST_OPEN_FILES", 2)
    paths = [write_raster(f"{i}.tif", np.full((1, 1), i, "float32"), left=LEFT + 5 * i) for i in range(5)]
    (lattice,) = lattices([describe(path, band_count=1) for path in paths])
    with open_mosaic(lattice, band_count=1) as mosaic:
        for _ in range(2):
            np.testing.assert_array_equal(mosaic.read(Window(0, 0, 5, 1)), [[[0, 1, 2, 3, 4]]])


def test_a_file_cut_short_is_a_known_error(write_raster: WriteRaster) -> None:
    path = write_raster(
        "cut.tif", np.random.default_rng(1).uniform(0, 9, (300, 300)).astype("float32"), compress="zstd"
    )
    header_is_at_the_start = path.read_bytes()[:20_000]
    path.write_bytes(header_is_at_the_start)
    with pytest.raises(
        BrokenFile, match=r"^cut\.tif: pixels cannot be read: band 1: IReadBlock failed at X offset 0, Y"
    ):
        mosaic_of(path, window=Window(0, 0, 300, 300))


@pytest.mark.parametrize("packing", ["lzw", "lerc", "zstd"])
def test_a_block_that_is_damaged_in_the_middle_is_told_with_its_place(write_raster: WriteRaster, packing: str) -> None:
    rough = np.random.default_rng(1).uniform(0, 9, (256, 256)).astype("float32")
    tiled = {"tiled": True, "blockxsize": 128, "blockysize": 128}
    path = write_raster("damaged.tif", rough, compress=packing, **tiled)
    with rasterio.open(path) as dataset:
        start = int(dataset.get_tag_item("BLOCK_OFFSET_1_1", "TIFF", bidx=1))
    content = bytearray(path.read_bytes())
    content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    assert mosaic_of(path, window=Window(0, 0, 128, 128)).shape == (1, 128, 128)
    with pytest.raises(BrokenFile, match=r"damaged\.tif: pixels cannot be read: band 1: .* X offset 1, Y offset 1"):
        mosaic_of(path, window=Window(0, 0, 256, 256))
