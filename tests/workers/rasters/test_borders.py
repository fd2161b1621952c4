"""What a region is like near its border: the ground beyond, the lattice that its grid follows, the tiles at a map's
flaws.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from numpy.typing import NDArray

from tests.workers.conftest import LEFT, TOP, MadeRegion, WriteRaster, WriteVectors
from workers.rasters.build import process_region
from workers.records.progress import ignore_progress
from workers.records.regions import RegionResult

ABSENT = dict.fromkeys(("imagery", "map_units", "roads", "streams"))
SCALES = {"resolutions": [10.0], "windows": [5, 21]}
SIDE = 96
INNER = (LEFT + 160, TOP - 320, LEFT + 320, TOP - 160)  # rows and columns 32 to 64
NEAR = "with a buffer of 0, channels of large windows and coarse scales are made from less ground near the border than"


@pytest.fixture
def hills(write_raster: WriteRaster) -> Path:
    rows, cols = np.mgrid[0:SIDE, 0:SIDE]
    ground = 500 + 20 * np.sin(rows / 9) * np.cos(cols / 7) + np.random.default_rng(4).normal(0, 0.5, rows.shape)
    return write_raster("hills.tif", ground.astype("float32"))


def made(region: MadeRegion, dem: list[Path], folder: Path, **changes: Any) -> RegionResult:
    source = {"paths": list(map(str, dem)), "bands": ["dem"], "unit": "US survey foot"}
    spec = region.spec(**ABSENT | {"dem": source, "terrain": SCALES} | changes)
    return process_region(spec, folder, ignore_progress)


def bounded(bounds: tuple[float, ...] = INNER, crs: str = "EPSG:3089") -> dict[str, Any]:
    return {"crs": crs, "pixel_size": 5.0, "bounds": list(bounds)}


def band(folder: Path, channel: str) -> NDArray[Any]:
    with rasterio.open(folder / f"channels/{channel}.tif") as dataset:
        return np.asarray(dataset.read(1))


def test_channels_within_bounds_are_those_of_the_ground_around(
    made_region: MadeRegion, hills: Path, tmp_path: Path
) -> None:
    made(made_region, [hills], tmp_path / "whole")
    result = made(made_region, [hills], tmp_path / "cut", grid=bounded(), buffer=100.0)
    assert result.grid.bounds == (LEFT + 60, TOP - 420, LEFT + 420, TOP - 60)
    for channel in ("dem", "s", "plc", "ep_5x5", "ep_21x21", "sds_21x21"):
        whole, cut = band(tmp_path / "whole", channel), band(tmp_path / "cut", channel)
        assert cut[20:52, 20:52].tolist() == whole[32:64, 32:64].tolist(), channel
    assert result.notes == ("elevations are in the unit of the grid's CRS, US survey foot, as dem.unit says",)


def test_tiles_and_boundary_are_those_of_the_bounds_not_of_the_grid(
    made_region: MadeRegion, hills: Path, tmp_path: Path
) -> None:
    result = made(made_region, [hills], tmp_path / "out", grid=bounded(), buffer=100.0)
    with (tmp_path / "out" / result.tiles.path).open(newline="") as stream:
        places = [(int(row["col"]), int(row["row"])) for row in csv.DictReader(stream)]
    assert places == [(col, row) for col in (20, 28, 36) for row in (36, 28, 20)]
    outline = shapely.from_geojson((tmp_path / "out" / result.boundary.path).read_text())
    assert outline.bounds == INNER


def test_too_small_a_buffer_is_said(made_region: MadeRegion, hills: Path, tmp_path: Path) -> None:
    result = made(made_region, [hills], tmp_path / "out", grid=bounded(), buffer=0.0)
    assert result.grid.bounds == INNER
    assert f"{NEAR} elsewhere; 50 would do" in result.notes


def test_the_grid_follows_the_lattice_of_the_elevations(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    steep = np.tile(np.arange(64, dtype="float32") ** 2, (64, 1))
    shifted = write_raster("shifted.tif", steep, left=LEFT + 2.5, top=TOP - 1)
    bounds = (LEFT + 40, TOP - 200, LEFT + 200, TOP - 40)
    result = made(made_region, [shifted], tmp_path / "out", grid=bounded(bounds), buffer=0.0)
    assert result.grid.bounds == (LEFT + 37.5, TOP - 201, LEFT + 202.5, TOP - 36)
    assert band(tmp_path / "out", "dem")[5].tolist() == [float(col**2) for col in range(7, 40)]
    assert not [note for note in result.notes if "interpolated" in note]


def test_elevations_on_a_second_lattice_are_said_to_be_interpolated(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    west = write_raster("west.tif", np.full((64, 32), 9, "float32"))
    east = write_raster("east.tif", np.full((64, 32), 9, "float32"), left=LEFT + 162.5)
    result = made(made_region, [west, east], tmp_path / "out")
    assert result.notes[1] == (
        "1 of 2 elevation files, east.tif first, have pixels of the grid's size that are not the grid's own: "
        "elevations are interpolated between them, which lowers slopes"
    )


def test_of_a_compound_crs_the_horizontal_part_counts(made_region: MadeRegion, hills: Path, tmp_path: Path) -> None:
    result = made(made_region, [hills], tmp_path / "out", grid=bounded(crs="EPSG:3089+6360"), buffer=100.0)
    assert result.grid.crs == "EPSG:3089"
    assert not [note for note in result.notes if "interpolated" in note]


def mapped(region: MadeRegion, write: WriteVectors, folder: Path, *, slit: float) -> tuple[RegionResult, list[float]]:
    """Two units of 160 x 160 ft beside each other, some feet apart; tiles of 16 pixels at every 8th."""
    west = shapely.box(LEFT + 40, TOP - 200, LEFT + 120, TOP - 40)
    east = shapely.box(LEFT + 120 + slit, TOP - 200, LEFT + 200, TOP - 40)
    path = write("units.geojson", [(west, {"Symbol": "Qal"}), (east, {"Symbol": "Qr"})])
    units = {"paths": [str(path)], "attribute": "Symbol"}
    result = process_region(region.spec(map_units=units, imagery=None), folder, ignore_progress)
    with (folder / result.tiles.path).open(newline="") as stream:
        sums = [float(row["Qal"]) + float(row["Qr"]) for row in csv.DictReader(stream)]
    return result, sums


def test_a_slit_that_no_pixel_shows_costs_no_tiles(
    made_region: MadeRegion, write_vectors: WriteVectors, tmp_path: Path
) -> None:
    without, _ = mapped(made_region, write_vectors, tmp_path / "without", slit=0.0)
    result, sums = mapped(made_region, write_vectors, tmp_path / "slit", slit=0.19)
    assert (without.tile_count, result.tile_count) == (9, 9)
    assert sums == pytest.approx([1.0] * 9, abs=1e-12)
    sentence = "tiles crossed by slits of the map too narrow for any pixel, which count as mapped: 6"
    assert sentence in result.notes
    assert not [note for note in without.notes if "slits" in note or "left out although" in note]


def test_tiles_that_a_wider_slit_costs_are_counted(
    made_region: MadeRegion, write_vectors: WriteVectors, tmp_path: Path
) -> None:
    result, sums = mapped(made_region, write_vectors, tmp_path / "out", slit=0.21)
    assert (result.tile_count, sums) == (3, [1.0] * 3)
    assert "squares of 16 pixels left out although 99 % or more of them is mapped: 6" in result.notes


def test_a_shapefile_with_signs_in_its_name_is_read_anew_when_it_has_changed(
    made_region: MadeRegion, tmp_path: Path
) -> None:
    path = tmp_path / "roads[1].shp"
    found = []
    for middle in (22.5, 102.5):
        line = shapely.LineString([(LEFT, TOP - middle), (LEFT + 240, TOP - middle)])
        write_shapefile(path, line)
        spec = made_region.spec(roads={"paths": [str(path)]}, imagery=None)
        folder = tmp_path / f"out-{middle}"
        process_region(spec, folder, ignore_progress)
        found.append(np.flatnonzero(band(folder, "osm")[:, 3]).tolist())
    assert found == [[0], [16]]


def write_shapefile(path: Path, line: shapely.Geometry) -> None:
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([line], object)), [], [], crs="EPSG:3089", geometry_type="LineString"
    )
