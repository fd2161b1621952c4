from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from tests.workers.conftest import LEFT, TOP, WriteRaster
from workers.rasters.channels import build_dem
from workers.rasters.intake import SourceRaster, describe
from workers.rasters.seams import find_seams, inner_edges
from workers.rasters.store import Finished, write_analysis
from workers.rasters.terrain.compiled import no_tick
from workers.records.grids import Grid
from workers.records.quality import Seam

GRID = Grid("EPSG:3089", LEFT, TOP, 5.0, 200, 160)


def hills(width: int = 200, height: int = 160) -> NDArray[np.float32]:
    rows, cols = np.mgrid[0:height, 0:width]
    rough = np.random.default_rng(4).normal(0, 0.05, rows.shape)
    return np.asarray(600 + 40 * np.sin(rows / 30) * np.cos(cols / 25) + 0.2 * cols + rough, np.float32)


def halves(write_raster: WriteRaster, dem: NDArray[np.float32]) -> list[SourceRaster]:
    west, east = write_raster("west.tif", dem[:, :90]), write_raster("east.tif", dem[:, 90:], left=LEFT + 450)
    return [describe(path, band_count=1) for path in (west, east)]


def seams_of(files: list[SourceRaster], folder: Path, grid: Grid = GRID) -> list[Seam]:
    build_dem(files, grid, 1.0, folder, no_tick)
    return find_seams(Finished("dem", "continuous", folder / "dem.tif"), inner_edges(files, grid), grid)


def test_an_edge_that_two_files_share_is_looked_at_once(write_raster: WriteRaster) -> None:
    (edge,) = inner_edges(halves(write_raster, hills()), GRID)
    assert (edge.file, len(edge.points)) == ("west.tif", 158)
    assert set(edge.points[:, 0].round(9)) == {90.0}


def test_a_map_of_the_world_has_no_edge_in_a_region() -> None:
    degrees = CRS.from_epsg(4326).to_wkt()
    world = SourceRaster("w.tif", degrees, (1.0, 1.0), (-180.0, -90.0, 180.0, 90.0), 360, 180, 1, "float32")
    assert inner_edges([world], GRID) == []


def test_hills_that_meet_show_no_seam(write_raster: WriteRaster, tmp_path: Path) -> None:
    assert seams_of(halves(write_raster, hills()), tmp_path) == []


def test_a_step_is_found_with_its_height_and_place(write_raster: WriteRaster, tmp_path: Path) -> None:
    dem = hills()
    dem[:, 90:] += 0.5
    (seam,) = seams_of(halves(write_raster, dem), tmp_path)
    assert (seam.channel, seam.file, seam.kind) == ("dem", "west.tif", "step")
    assert abs(seam.size) == pytest.approx(0.5, abs=0.05)
    assert seam.usual < 0.05
    assert sorted([seam.start, seam.end]) == [
        pytest.approx((LEFT + 450, TOP - 160 * 5 + 7.5)), pytest.approx((LEFT + 450, TOP - 7.5))
    ]  # fmt: skip


def test_a_line_of_other_values_is_found(write_raster: WriteRaster, tmp_path: Path) -> None:
    dem = hills()
    dem[:, 89:91] -= 2
    kinds = [(seam.kind, round(seam.size)) for seam in seams_of(halves(write_raster, dem), tmp_path)]
    assert kinds == [("line", -2)]


def test_a_gap_between_files_is_found(write_raster: WriteRaster, tmp_path: Path) -> None:
    dem = hills()
    west, east = write_raster("west.tif", dem[:, :90]), write_raster("east.tif", dem[:, 91:], left=LEFT + 455)
    seams = seams_of([describe(path, band_count=1) for path in (west, east)], tmp_path)
    assert {(seam.kind, seam.size) for seam in seams} == {("gap", 1.0)}
    assert [seam.file for seam in seams] == ["west.tif", "east.tif"]


def test_files_in_another_crs_are_followed_along_their_own_edges(write_raster: WriteRaster, tmp_path: Path) -> None:
    left, top = Transformer.from_crs(GRID.crs, "EPSG:26916", always_xy=True).transform(LEFT, TOP)
    dem = hills(400, 400)
    dem[:, 200:] += 1.0
    place = {"top": top + 50, "size": 1.0, "crs": "EPSG:26916"}
    west = write_raster("west.tif", dem[:, :200], left=left - 50, **place)
    east = write_raster("east.tif", dem[:, 200:], left=left + 150, **place)
    files = [describe(path, band_count=1) for path in (west, east)]
    (seam,) = [seam for seam in seams_of(files, tmp_path) if seam.kind == "step"]
    assert abs(seam.size) == pytest.approx(1.0, abs=0.15)
    assert abs(seam.start[0] - seam.end[0]) > 5  # Kentucky's north and that of the zone differ


def test_brightness_that_jumps_is_found_in_imagery(write_raster: WriteRaster, tmp_path: Path) -> None:
    values = np.random.default_rng(5).integers(98, 103, (160, 200)).astype("uint8")
    values[:, 90:] += 12
    files = halves(write_raster, values.astype("float32"))
    write_analysis(tmp_path / "aerialr.tif", values, GRID, kind="image")
    image = Finished("aerialr", "image", tmp_path / "aerialr.tif")
    (seam,) = find_seams(image, inner_edges(files, GRID), GRID)
    assert (seam.kind, abs(round(seam.size))) == ("step", 12)


@pytest.mark.parametrize("size", [15.0, 50.0])
def test_a_step_between_coarser_files_is_found(write_raster: WriteRaster, tmp_path: Path, size: float) -> None:
    """Bilinear interpolation spreads it over as many pixels of the grid as one of the files spans."""
    rows, cols = np.mgrid[0:60, 0:120]
    dem = np.asarray(rows + 0.3 * cols, np.float32)
    dem[:, 60:] += 6
    grid = Grid("EPSG:3089", LEFT, TOP, 5.0, int(120 * size / 5), int(60 * size / 5))
    west = write_raster("west.tif", dem[:, :60], size=size)
    east = write_raster("east.tif", dem[:, 60:], size=size, left=LEFT + 60 * size)
    (seam,) = seams_of([describe(path, band_count=1) for path in (west, east)], tmp_path, grid)
    assert seam.kind == "step"
    assert abs(seam.size) == pytest.approx(6, abs=0.7)


def test_heights_in_whole_units_are_no_seam(write_raster: WriteRaster, tmp_path: Path) -> None:
    rows, cols = np.mgrid[0:160, 0:200]
    gentle = np.rint(3 * np.sin(rows / 40) + cols / 30).astype("float32")
    assert seams_of(halves(write_raster, gentle), tmp_path) == []
