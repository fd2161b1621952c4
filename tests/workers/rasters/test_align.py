import numpy as np
import pytest
from numpy.typing import NDArray
from pyproj import Transformer

from tests.workers.conftest import LEFT, TOP, WriteRaster
from workers.errors import InvalidInput
from workers.rasters.align import aligned_strips
from workers.rasters.intake import SourceRaster, describe
from workers.rasters.mosaic import Bands, Mosaic
from workers.rasters.terrain import rows
from workers.records.grids import Grid, Window

FEET = "EPSG:3089"
GRID_OF_TWO_STRIPS = Grid(FEET, LEFT, TOP, 5.0, 24, 560)


def align(files: list[SourceRaster], grid: Grid, *, band_count: int) -> NDArray[np.float32]:
    return np.concatenate([strip for _, strip in aligned_strips(files, grid, band_count=band_count)], axis=1)


def test_a_file_on_the_grid_is_copied_as_it_is(write_raster: WriteRaster) -> None:
    values = np.random.default_rng(1).uniform(0, 900, (300, 300)).astype("float32")
    source = describe(write_raster("a.tif", values), band_count=1)
    found = align([source], Grid(FEET, LEFT - 10, TOP + 5, 5.0, 303, 302), band_count=1)
    np.testing.assert_array_equal(found[0, 1:301, 2:302], values)
    assert np.isnan(found[0, 0]).all()


def test_every_finer_pixel_counts(write_raster: WriteRaster) -> None:
    stripes = np.zeros((4, 400, 400), "uint8")
    stripes[:, :, ::10] = 250  # one column in ten: a kernel of two pixels would see all or nothing of it
    source = describe(write_raster("fine.tif", stripes, size=0.5), band_count=4)
    found = align([source], Grid(FEET, LEFT, TOP, 5.0, 40, 40), band_count=4)
    np.testing.assert_allclose(found[:, 2:-2, 2:-2], 25, atol=0.01)


def test_blocks_meet_without_a_seam(write_raster: WriteRaster) -> None:
    stripes = np.zeros((120, 3000), "uint8")
    stripes[:, ::10] = 250
    source = describe(write_raster("fine.tif", stripes, size=0.5), band_count=1)
    found = align([source], Grid(FEET, LEFT, TOP, 5.0, 300, 12), band_count=1)
    np.testing.assert_allclose(found[0, 2:-2, 250:262], 25, atol=0.01)  # a block ends at 256


def test_a_plane_in_metres_lands_on_a_grid_in_feet(write_raster: WriteRaster) -> None:
    to_metres = Transformer.from_crs(FEET, "EPSG:26916", always_xy=True)
    left, top = to_metres.transform(LEFT, TOP)
    rows, cols = np.mgrid[0:400, 0:400] + 0.5
    plane = (2 * cols * 2.0 + rows * 2.0).astype("float32")
    source = describe(
        write_raster("utm.tif", plane, left=left - 50, top=top + 50, size=2.0, crs="EPSG:26916"), band_count=1
    )
    found = align([source], Grid(FEET, LEFT, TOP, 5.0, 300, 300), band_count=1)
    x, y = to_metres.transform(LEFT + (np.arange(300) + 0.5) * 5, np.full(300, TOP - 150.5 * 5))
    expected = 2 * (x - (left - 50)) + (top + 50 - y)
    np.testing.assert_allclose(found[0, 150], expected, atol=0.15)  # 0.02 pixels of 2 m on a slope of sqrt(5)


def test_tiles_off_the_grid_meet_without_a_seam(write_raster: WriteRaster) -> None:
    cols = np.mgrid[0:60, 0:120][1].astype("float32")
    west = write_raster("w.tif", cols[:, :60], left=LEFT + 1, size=2.0)
    east = write_raster("e.tif", cols[:, 60:], left=LEFT + 121, size=2.0)
    found = align([describe(p, band_count=1) for p in (west, east)], Grid(FEET, LEFT, TOP, 5.0, 48, 24), band_count=1)
    np.testing.assert_allclose(np.diff(found[0, 12, 3:45]), 2.5, atol=0.03)


def test_a_source_elsewhere_is_named(write_raster: WriteRaster) -> None:
    source = describe(write_raster("far.tif", np.ones((4, 4), "float32"), left=LEFT + 9999), band_count=1)
    with pytest.raises(InvalidInput, match=r"far\.tif: no data within the region's bounds"):
        align([source], Grid(FEET, LEFT, TOP, 5.0, 10, 10), band_count=1)


def test_a_source_whose_crs_does_not_reach_the_region_is_named(write_raster: WriteRaster) -> None:
    other_side = write_raster(
        "ocean.tif", np.ones((4, 4), "float32"), left=0, top=0, crs="+proj=gnom +lat_0=-37 +lon_0=95"
    )
    with pytest.raises(
        InvalidInput, match=r"ocean\.tif: its coordinate reference system is not defined where the region lies"
    ):
        align([describe(other_side, band_count=1)], Grid(FEET, LEFT, TOP, 5.0, 10, 10), band_count=1)


def test_a_source_that_is_far_too_fine_is_named(write_raster: WriteRaster) -> None:
    fine = describe(write_raster("fine.tif", np.ones((4, 4), "float32")), band_count=1)
    with pytest.raises(InvalidInput, match=r"fine\.tif: its pixels are 5,000 times finer than the grid's"):
        align([fine], Grid(FEET, LEFT, TOP, 25_000.0, 2, 2), band_count=1)


def test_of_a_much_finer_source_no_more_is_held_at_once_and_every_pixel_counts(
    write_raster: WriteRaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = np.add(*np.mgrid[0:480, 0:480]).astype("float32")
    fine = describe(write_raster("fine.tif", plane, size=0.5), band_count=1)
    whole = align([fine], Grid(FEET, LEFT, TOP, 10.0, 24, 24), band_count=1)
    monkeypatch.setattr("workers.rasters.align._MOST_SIDE", 100)  # 5 pixels of the grid
    windows: list[int] = []
    read = Mosaic.read

    def measured(mosaic: Mosaic, window: Window) -> Bands | None:
        windows.append(window.width)
        return read(mosaic, window)

    monkeypatch.setattr(Mosaic, "read", measured)
    np.testing.assert_allclose(align([fine], Grid(FEET, LEFT, TOP, 10.0, 24, 24), band_count=1), whole, rtol=1e-6)
    assert max(windows) == 100 + 2 * (2 + 40)


def test_a_source_that_is_all_nodata_is_refused(write_raster: WriteRaster) -> None:
    empty = describe(write_raster("void.tif", np.full((4, 4), -9999, "float32"), nodata=-9999), band_count=1)
    with pytest.raises(InvalidInput, match=r"void\.tif: no data"):
        align([empty], Grid(FEET, LEFT, TOP, 5.0, 4, 4), band_count=1)


def test_a_strip_ends_within_the_grid_as_if_there_were_none(
    write_raster: WriteRaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = np.add(*np.mgrid[0:1400, 0:60]).astype("float32")
    source = describe(write_raster("fine.tif", plane, size=2.0), band_count=1)
    monkeypatch.setattr(rows, "_STRIP_PIXELS", 1)
    parts = [(found.start, found.end) for found, _ in aligned_strips([source], GRID_OF_TWO_STRIPS, band_count=1)]
    assert parts == [(0, 512), (512, 560)]
    np.testing.assert_allclose(np.diff(align([source], GRID_OF_TWO_STRIPS, band_count=1)[0, 3:-3, 10]), 2.5, atol=0.03)


def test_files_of_two_lattices_fill_what_the_first_left_empty(write_raster: WriteRaster) -> None:
    own = describe(write_raster("own.tif", np.full((8, 4), 7, "float32")), band_count=1)
    finer = describe(write_raster("finer.tif", np.full((40, 40), 9, "float32"), size=1.0), band_count=1)
    found = align([own, finer], Grid(FEET, LEFT, TOP, 5.0, 8, 8), band_count=1)
    assert found[0, 4].tolist() == [7, 7, 7, 7, 9, 9, 9, 9]
