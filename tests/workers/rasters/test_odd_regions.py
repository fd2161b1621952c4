"""Regions that are made although there is little to see, and sources that do not go together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely

from tests.workers.conftest import LEFT, TOP, MadeRegion, WriteRaster, WriteVectors
from workers.errors import InvalidInput
from workers.rasters.build import process_region
from workers.rasters.terrain import rows
from workers.records.progress import ignore_progress
from workers.records.regions import RegionResult

ALL_SCALES = {"resolutions": [10.0, 200.0], "windows": [5, 201]}
OF_DEM_ALONE = {"rel": [0], "tpi": [5], "mdhs": True, "plain_curvature": True}


def of_dem(made: MadeRegion, path: Path, **changes: Any) -> dict[str, Any]:
    """Return the made region with nothing but a DEM, at all scales and with all extra channels of it."""
    absent = dict.fromkeys(("imagery", "map_units", "roads", "streams"))
    dem = {"paths": [str(path)], "bands": ["dem"]}
    return made.spec(**absent | {"dem": dem, "terrain": ALL_SCALES, "extras": OF_DEM_ALONE} | changes)


def ranges(result: RegionResult, *channels: str) -> list[tuple[float | None, float | None, int]]:
    found = {channel.channel: channel.statistics for channel in result.channels}
    return [(found[name].minimum, found[name].maximum, found[name].valid_pixels) for name in channels]


def test_flat_ground_has_no_slope_at_any_scale(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    flat = write_raster("flat.tif", np.full((32, 32), 7, "float32"))
    result = process_region(of_dem(made_region, flat), tmp_path / "out", ignore_progress)
    names = ("s", "s_200", "prc", "plc_200", "ep_5x5", "ep_201x201", "sds_201x201", "tpi_5", "prcu_200")
    assert ranges(result, *names) == [(0.0, 0.0, 1024)] * 9


def test_one_pixel_alone_is_a_place_without_surroundings(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    dem = np.full((32, 32), -9999, "float32")
    dem[20, 20] = 612
    single = write_raster("single.tif", dem, nodata=-9999)
    result = process_region(of_dem(made_region, single), tmp_path / "out", ignore_progress)
    assert ranges(result, "dem") == [(612.0, 612.0, 1)]
    assert ranges(result, "s", "s_200", "prc", "ep_201x201", "sds_5x5", "tpi_5", "rel_16x16") == [(0.0, 0.0, 1)] * 7
    assert result.tile_count == 0


def test_a_region_smaller_than_a_tile_and_a_window_is_made_and_said_so(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    plane = write_raster("plane.tif", np.mgrid[0:8, 0:8][1].astype("float32"))
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": [LEFT, TOP - 5, LEFT + 5, TOP]}
    result = process_region(of_dem(made_region, plane, grid=grid, buffer=0.0), tmp_path / "out", ignore_progress)
    assert (result.grid.width, result.grid.height, result.tile_count) == (1, 1, 0)
    assert ranges(result, "dem", "s_200", "sds_201x201") == [(0.0, 0.0, 1)] * 3
    assert "no square of 16 pixels lies wholly within the region, so it has no tiles" in result.notes


def test_map_units_that_overlap_are_told(made_region: MadeRegion, write_vectors: WriteVectors, tmp_path: Path) -> None:
    one, other = (shapely.box(LEFT + left, TOP - 120, LEFT + left + 80, TOP - 40) for left in (40, 100))
    path = write_vectors("twice.geojson", [(one, {"Symbol": "Qal"}), (other, {"Symbol": "Qr"})])
    units = {"paths": [str(path)], "attribute": "Symbol"}
    result = process_region(made_region.spec(map_units=units), tmp_path / "out", ignore_progress)
    assert "map units overlap on 14.3 % of the area; it counts for the unit first in order" in result.notes


def test_streams_and_roads_of_another_place_are_warned_of(
    made_region: MadeRegion, write_vectors: WriteVectors, tmp_path: Path
) -> None:
    far = write_vectors("far.geojson", [(shapely.LineString([(LEFT + 9e5, TOP), (LEFT + 9e5, TOP - 99)]), {})])
    result = process_region(made_region.spec(streams={"paths": [str(far)]}), tmp_path / "out", ignore_progress)
    warnings = [warning for warning in result.quality.warnings if warning.startswith("Nothing of")]
    assert warnings == ["Nothing of streams lies in the region: if there should be some, check its file and layer."]


def test_imagery_of_two_types_is_refused_by_name(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster
) -> None:
    files = [write_raster(f"{kind}.tif", np.ones((4, 4), kind)) for kind in ("uint16", "uint8")]
    source = {"paths": list(map(str, files)), "bands": ["aerialr"]}
    with pytest.raises(
        InvalidInput, match=r"different types \(uint16\.tif is uint16, uint8\.tif is uint8\); bring all to one first"
    ):
        process_region(made_region.spec(imagery=source), tmp_path / "out", ignore_progress)


def test_imagery_of_16_bits_is_refused_without_a_range_and_one_is_suggested(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster
) -> None:
    image = np.arange(1024, dtype="uint16").reshape(32, 32) + 100
    image[0] = 0
    for nodata, such in ((0, "[151, 1104]"), (None, "[0, 1103]")):
        source = {"paths": [str(write_raster("deep.tif", image))], "bands": ["aerialr"], "nodata": nodata}
        with pytest.raises(InvalidInput) as caught:
            process_region(made_region.spec(imagery=source), tmp_path / "out", ignore_progress)
        assert str(caught.value) == (
            "deep.tif: holds 16 bits: set imagery.range to the values that become 1 and 255, "
            f"such as {such} (2 and 98 % of a sample)"
        )


def test_imagery_of_16_bits_without_any_value_is_refused_without_a_suggestion(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster
) -> None:
    source = {"paths": [str(write_raster("deep.tif", np.zeros((4, 4), "uint16"), nodata=0))], "bands": ["aerialr"]}
    with pytest.raises(InvalidInput, match=r"to the values that become 1 and 255$"):
        process_region(made_region.spec(imagery=source), tmp_path / "out", ignore_progress)


def bands_of(folder: Path, *names: str) -> list[list[list[int]]]:
    found = []
    for name in names:
        with rasterio.open(folder / f"channels/{name}.tif") as dataset:
            assert (dataset.dtypes, dataset.nodata) == (("uint8",), 0)
            found.append(dataset.read(1).tolist())
    return found


OF_IMAGERY = dict.fromkeys(("dem", "map_units", "roads", "streams")) | {"tiles": {"size": 16, "step": 8}}


@pytest.mark.parametrize(
    ("kind", "spread", "red"),
    [("uint16", [112, 3890], [1, 1, 128, 255, 0, 1]), ("uint8", None, [1, 112, 209, 255, 0, 112]),
     ("uint8", [112, 209], [1, 1, 255, 255, 0, 1])],
)  # fmt: skip
def test_imagery_becomes_8_bit_by_its_range_and_stays_as_it_is_without(
    made_region: MadeRegion,
    tmp_path: Path,
    write_raster: WriteRaster,
    kind: str,
    spread: list[float] | None,
    red: list[int],
) -> None:
    values = {"uint16": [0, 112, 2001, 65535, 7, 112], "uint8": [0, 112, 209, 255, 7, 112]}[kind]
    image = np.array([[values], [[0, 3, 3, 3, 7, 7]]], kind)
    source: dict[str, Any] = {"paths": [str(write_raster("a.tif", image))], "bands": ["aerialr", "aerialg"]}
    source |= {"range": spread, "nodata": 7}
    process_region(made_region.spec(imagery=source, **OF_IMAGERY), tmp_path / "out", ignore_progress)
    found = bands_of(tmp_path / "out", "aerialr", "aerialg")
    assert found[0] == [red]
    assert found[1][0][4:] == [0, 1 if spread else 7]


def test_a_range_is_the_same_in_strips_as_in_the_whole(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.random.default_rng(3).integers(0, 5000, (2, 100, 100)).astype("uint16")
    source = {"paths": [str(write_raster("a.tif", image, left=LEFT - 1, size=2.0))], "bands": ["aerialr", "aerialnir"]}
    spec = made_region.spec(imagery=source | {"range": [112, 3890]}, **OF_IMAGERY)
    process_region(spec, tmp_path / "whole", ignore_progress)
    monkeypatch.setattr(rows, "_STRIP_STEP", 8)
    monkeypatch.setattr(rows, "_STRIP_PIXELS", 1)
    process_region(spec | {"stages": str(tmp_path / "anew")}, tmp_path / "strips", ignore_progress)
    names = ("aerialr", "aerialnir")
    whole = bands_of(tmp_path / "whole", *names)
    assert bands_of(tmp_path / "strips", *names) == whole
    assert len(np.unique(whole)) > 100


def test_what_counts_as_no_data_and_the_range_are_part_of_what_is_computed(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster
) -> None:
    image = {"paths": [str(write_raster("a.tif", np.array([[5, 9]], "uint16")))], "bands": ["aerialr"]}
    for changes, expected in (({"range": [5, 9]}, [1, 255]), ({"range": [1, 9]}, [128, 255]),
                              ({"range": [1, 9], "nodata": 9}, [128, 0])):  # fmt: skip
        out = tmp_path / f"{expected}"
        process_region(made_region.spec(imagery=image | changes, **OF_IMAGERY), out, ignore_progress)
        assert bands_of(out, "aerialr") == [[expected]]


@pytest.mark.parametrize(("holes", "tiles"), [([], 0), ([(8, 8)], 1), ([(16, 18)], 4), ([(8, 8), (24, 24)], 3)])
def test_mapped_tiles_without_some_elevation_are_counted(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster, holes: list[tuple[int, int]], tiles: int
) -> None:
    dem = np.full((40, 48), 500, "float32")
    for row, col in holes:
        dem[row, col] = -9999
    source = {"paths": [str(write_raster("hole.tif", dem, nodata=-9999))], "bands": ["dem"]}
    result = process_region(made_region.spec(dem=source), tmp_path / "out", ignore_progress)
    notes = [note for note in result.notes if "without elevation" in note]
    said = f"{tiles} of 6 tiles have pixels without elevation: the map alone says what is kept"
    assert notes == ([said] if tiles else [])
    assert result.tile_count == 6
