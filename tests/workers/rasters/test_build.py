import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from tests.workers.conftest import LEFT, TOP, MadeRegion, WriteRaster
from workers.errors import Cancelled, InvalidInput
from workers.files import sha256_of
from workers.rasters.build import process_region
from workers.records.channels import extra_channel, known_channel
from workers.records.codec import dumps, from_data
from workers.records.grids import Grid
from workers.records.progress import ignore_progress
from workers.records.quality import AreaDifferences
from workers.records.regions import RegionResult

CHANNELS = [
    "mask",
    "aerialr",
    "aerialg",
    "aerialb",
    "aerialnir",
    "dem",
    "s",
    "s_10",
    "s_20",
    "prc",
    "prc_10",
    "prc_20",
    "plc",
    "plc_10",
    "plc_20",
    "ep_5x5",
    "ep_11x11",
    "sds_5x5",
    "sds_11x11",
    "nhd",
    "osm",
]


class Listener:
    """Remembers reports; asks to stop at the report whose number is given, whose message begins so, or once a folder
    holds something.
    """

    def __init__(
        self, *, stop_at: int | None = None, stop_at_message: str | None = None, stop_at_strip: Path | None = None
    ) -> None:
        self.fractions: list[float] = []
        self.messages: list[str] = []
        self._stop_at = stop_at
        self._stop_at_message = stop_at_message
        self._stop_at_strip = stop_at_strip

    def __call__(self, stage: str, fraction: float, message: str = "", *, measures: object = None) -> None:
        self.fractions.append(fraction)
        self.messages += [message] * bool(message)
        told = self._stop_at_message is not None and message.startswith(self._stop_at_message)
        filled = self._stop_at_strip is not None and any(self._stop_at_strip.glob("*/*.npy"))
        if told or filled or len(self.fractions) == self._stop_at:
            raise Cancelled("asked to stop")


@pytest.fixture
def result(made_region: MadeRegion, tmp_path: Path) -> RegionResult:
    return process_region(made_region.spec(), tmp_path / "out", ignore_progress)


def band(folder: Path, channel: str) -> NDArray[Any]:
    with rasterio.open(folder / f"channels/{channel}.tif") as dataset:
        return np.asarray(dataset.read(1))


def test_every_channel_lies_on_the_grid_of_the_mapped_area_and_its_buffer(result: RegionResult, tmp_path: Path) -> None:
    assert result.grid == Grid("EPSG:3089", LEFT + 20, TOP - 20, 5.0, 40, 32)
    assert [channel.channel for channel in result.channels] == CHANNELS
    for channel in result.channels:
        with rasterio.open(tmp_path / "out" / channel.analysis.path) as dataset:
            assert (dataset.width, dataset.height, tuple(dataset.transform)[:6]) == (40, 32, result.grid.transform)
            assert (dataset.dtypes[0], dataset.nodata) == (channel.dtype, channel.nodata)


def test_channels_hold_what_the_sources_show(result: RegionResult, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert np.unique(band(out, "mask")).tolist() == [0, 2, 5, 7]
    assert [np.unique(band(out, name)).tolist() for name in CHANNELS[1:5]] == [[60], [90], [120], [200]]
    assert np.flatnonzero(band(out, "nhd")[0]).tolist() == [8]
    assert np.flatnonzero(band(out, "osm")[:, 0]).tolist() == [16]
    np.testing.assert_allclose(band(out, "dem")[0], 500 + 0.5 * np.arange(4, 44) + 3 * np.sin(1), rtol=1e-6)


def test_tiles_are_numbered_from_the_south_west_with_their_class_areas(result: RegionResult, tmp_path: Path) -> None:
    with (tmp_path / "out" / result.tiles.path).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = [
        (row["patch_id"], row["col"], row["row"], *(float(row[name]) for name in ("Qal", "Qc", "Qr"))) for row in rows
    ]
    assert found == [
        ("hv_16_50_1", "4", "12", 1.0, 0.0, 0.0),
        ("hv_16_50_2", "4", "4", 1.0, 0.0, 0.0),
        ("hv_16_50_3", "12", "12", 0.5, 0.0, 0.5),
        ("hv_16_50_4", "12", "4", 0.5, 0.0, 0.5),
        ("hv_16_50_5", "20", "12", 0.0, 0.0, 1.0),
        ("hv_16_50_6", "20", "4", 0.0, 0.25, 0.75),
    ]
    assert list(rows[0]) == [
        "patch_id", "col", "row", "af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr",
        "mask_af1", "mask_Qal", "mask_Qaf", "mask_Qat", "mask_Qc", "mask_Qca", "mask_Qr",
    ]  # fmt: skip
    assert [float(rows[5][name]) for name in ("mask_Qal", "mask_Qc", "mask_Qr")] == [0.0, 0.25, 0.75]
    assert result.quality.areas == AreaDifferences(0, ())
    assert result.tile_count == 6


def test_the_map_and_its_boundary_are_handed_on_in_the_regions_crs(result: RegionResult, tmp_path: Path) -> None:
    assert result.map_units is not None
    features = json.loads((tmp_path / "out" / result.map_units.path).read_text())["features"]
    assert sorted(feature["properties"]["symbol"] for feature in features) == ["Qal", "Qc", "Qr"]
    boundary = json.loads((tmp_path / "out" / result.boundary.path).read_text())
    assert boundary["type"] == "MultiPolygon"
    assert min(x for x, _ in boundary["coordinates"][0][0]) == LEFT + 40


def test_a_folder_stands_for_the_rasters_in_it(made_region: MadeRegion, result: RegionResult, tmp_path: Path) -> None:
    (tmp_path / "dems").mkdir()
    for number, path in enumerate(made_region.region["dem"]["paths"]):
        Path(path).rename(tmp_path / f"dems/{number}.TIF")
    (tmp_path / "dems/0.TIF.ovr").write_text("<VRTDataset/>")
    dem = {"paths": [str(tmp_path / "dems")], "bands": ["dem"]}
    again = process_region(made_region.spec(dem=dem), tmp_path / "again", ignore_progress)
    assert again.channels == result.channels
    (tmp_path / "none").mkdir()
    with pytest.raises(InvalidInput, match=r"dem\.paths: the folder .*/none holds no GeoTIFF"):
        process_region(made_region.spec(dem=dem | {"paths": [str(tmp_path / "none")]}), tmp_path / "x", ignore_progress)


def test_every_file_has_its_checksum_and_the_result_survives_json(result: RegionResult, tmp_path: Path) -> None:
    assert from_data(RegionResult, json.loads(dumps(result))) == result
    records = [channel.analysis for channel in result.channels] + [channel.display for channel in result.channels]
    for record in [*records, result.tiles, result.boundary]:
        path = tmp_path / "out" / record.path
        assert (sha256_of(path), path.stat().st_size) == (record.sha256, record.size)


def test_a_second_time_nothing_is_computed_again(made_region: MadeRegion, tmp_path: Path) -> None:
    first, second = Listener(), Listener()
    before = process_region(made_region.spec(), tmp_path / "one", first)
    after = process_region(made_region.spec(), tmp_path / "two", second)
    assert (
        sum("computed in" in message for message in first.messages) == len(first.messages) - 7
    )  # 6 files read, the end
    assert not any("computed in" in message for message in second.messages)
    assert after == before


def test_another_window_computes_that_window_alone(made_region: MadeRegion, tmp_path: Path) -> None:
    process_region(made_region.spec(), tmp_path / "one", ignore_progress)
    listener = Listener()
    changed = made_region.spec(terrain={"resolutions": [10.0, 20.0], "windows": [5, 7]})
    process_region(changed, tmp_path / "two", listener)
    computed = [message.partition(":")[0] for message in listener.messages if "computed in" in message]
    assert computed == ["ep_7x7, sds_7x7", "ep_7x7", "sds_7x7"]


def test_fractions_never_fall_and_end_at_one(made_region: MadeRegion, tmp_path: Path) -> None:
    listener = Listener()
    process_region(made_region.spec(), tmp_path / "out", listener)
    assert listener.fractions == sorted(listener.fractions)
    assert (listener.fractions[0], listener.fractions[-1]) == (0, 1)


@pytest.mark.parametrize("stop_at", [1, 12, 30, 60, 100])
def test_a_cancelled_job_leaves_no_half_written_file(made_region: MadeRegion, tmp_path: Path, stop_at: int) -> None:
    with pytest.raises(Cancelled):
        process_region(made_region.spec(), tmp_path / "out", Listener(stop_at=stop_at))
    left = [path for folder in (made_region.stages, tmp_path / "out") for path in folder.rglob("*")]
    assert not [path for path in left if path.name.startswith(".")]
    for path in left:
        if path.suffix == ".tif":
            with rasterio.open(path) as dataset:
                assert dataset.read(1).shape == (dataset.height, dataset.width)


def test_a_region_of_streams_alone_has_their_channel_and_whole_tiles(made_region: MadeRegion, tmp_path: Path) -> None:
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": [LEFT, TOP - 160, LEFT + 160, TOP]}
    absent = dict.fromkeys(("dem", "imagery", "map_units", "roads"))
    result = process_region(made_region.spec(grid=grid, buffer=0.0, **absent), tmp_path / "out", ignore_progress)
    assert [channel.channel for channel in result.channels] == ["nhd"]
    assert (result.tile_count, result.classes, result.map_units) == (9, (), None)
    assert (tmp_path / "out/tiles.csv").read_text().splitlines()[:2] == ["patch_id,col,row", "hv_16_50_1,0,16"]


def test_without_a_map_tiles_keep_clear_of_missing_elevation(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster
) -> None:
    dem = np.full((32, 32), 500, "float32")
    dem[31, 0] = -9999
    source = {"paths": [str(write_raster("hole.tif", dem, nodata=-9999))], "bands": ["dem"]}
    absent = dict.fromkeys(("imagery", "map_units", "roads", "streams"))
    result = process_region(made_region.spec(dem=source, **absent), tmp_path / "out", ignore_progress)
    assert result.tile_count == 8
    assert (tmp_path / "out/tiles.csv").read_text().splitlines()[1] == "hv_16_50_1,0,8"


def test_scales_that_are_no_coarser_than_the_grid_are_left_out_and_said_so(
    made_region: MadeRegion, tmp_path: Path
) -> None:
    terrain = {"resolutions": [5.0], "windows": []}
    result = process_region(made_region.spec(terrain=terrain), tmp_path / "out", ignore_progress)
    assert "s_5, prc_5, plc_5 left out: 5 is not coarser than the grid" in result.notes
    assert (
        "elevations are in the unit of the grid's CRS, US survey foot, a guess by the unit of the files' CRS"
    ) in result.notes
    assert result.quality.warnings == (
        "Nobody says in which unit elevations are: if it is not the one noted, set dem.unit.",
    )


@pytest.mark.parametrize("says", ["the file", "dem.unit"])
def test_elevations_in_metres_become_feet_on_a_grid_in_feet(
    made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster, says: str
) -> None:
    path = write_raster("metres.tif", np.tile(np.arange(40, dtype=np.float32), (32, 1)), left=LEFT + 20, top=TOP - 20)
    source: dict[str, Any] = {"paths": [str(path)], "bands": ["dem"]}
    if says == "the file":
        with rasterio.open(path, "r+") as dataset:
            dataset.units = ["m"]
    else:
        source["unit"] = "metre"
    absent = dict.fromkeys(("imagery", "map_units", "roads", "streams"))
    result = process_region(made_region.spec(dem=source, **absent), tmp_path / "out", ignore_progress)
    assert band(tmp_path / "out", "dem")[3, :3].tolist() == [0.0, np.float32(3937 / 1200), np.float32(2 * 3937 / 1200)]
    assert band(tmp_path / "out", "s")[10, 10] == pytest.approx(33.2715374, abs=1e-5)  # 3.28 ft in 5 ft
    said = "as the files say" if says == "the file" else "as dem.unit says"
    assert f"elevations in metre, {said}, were multiplied by 3.28083 to be in US survey foot" in result.notes


def test_refusals_come_before_any_work(made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster) -> None:
    turned = {"paths": [str(write_raster("turned.tif", np.zeros((4, 4), "float32"), turn=30))], "bands": ["dem"]}
    degrees = {"crs": "EPSG:4269", "pixel_size": 0.001}
    for changes, message in (
        ({"dem": turned}, r"turned\.tif: is rotated or flipped"),
        ({"grid": degrees}, "EPSG:4269 measures in degrees"),
        ({"reassign": {}}, "unknown symbol Qls"),
    ):
        with pytest.raises(InvalidInput, match=message):
            process_region(made_region.spec(**changes), tmp_path / "out", ignore_progress)
    assert not list(made_region.stages.rglob("*.tif"))


def test_float_imagery_is_refused(made_region: MadeRegion, tmp_path: Path, write_raster: WriteRaster) -> None:
    source = {"paths": [str(write_raster("reflectance.tif", np.zeros((4, 4), "float32")))], "bands": ["aerialr"]}
    with pytest.raises(InvalidInput, match=r"reflectance\.tif: imagery must be 8 or 16 bit, unsigned; it is float32"):
        process_region(made_region.spec(imagery=source), tmp_path / "out", ignore_progress)


def test_a_step_between_two_elevation_files_is_told(
    made_region: MadeRegion, write_raster: WriteRaster, tmp_path: Path
) -> None:
    plane = np.mgrid[0:80, 0:100][0].astype("float32")
    west, east = write_raster("w.tif", plane[:, :50]), write_raster("e.tif", plane[:, 50:] + 3, left=LEFT + 250)
    dem = {"paths": [str(west), str(east)], "bands": ["dem"]}
    spec = made_region.spec(dem=dem, imagery=None, map_units=None, streams=None, roads=None)
    listener = Listener()
    (seam,) = process_region(spec, tmp_path / "out", listener).quality.seams
    assert (seam.channel, seam.file, seam.kind, abs(seam.size), seam.usual) == ("dem", "w.tif", "step", 3.0, 0.0)
    assert "dem: 1 seams along 1 edges of source files" in listener.messages


def computed(messages: list[str]) -> set[str]:
    return {message.partition(": computed in ")[0] for message in messages if ": computed in " in message}


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({"terrain": {"resolutions": [10.0, 20.0], "windows": [5, 21]}}, {"ep_21x21, sds_21x21"}),
        (
            {"terrain": {"resolutions": [10.0, 20.0], "windows": [5, 11], "feature_sigma": 1.0}},
            {"s_10, prc_10, plc_10", "s_20, prc_20, plc_20"},
        ),
        ({"tiles": {"size": 20, "step": 10}}, {"tiles"}),
        ({"reassign": {"Qls": "Qca"}}, {"map units", "mask", "tiles"}),
        ({"name": "Another", "area": "Elsewhere"}, set()),
    ],
    ids=["windows", "sigma", "tiles", "reassign", "name"],
)
def test_a_changed_parameter_recomputes_only_what_depends_on_it(
    made_region: MadeRegion, tmp_path: Path, change: dict[str, Any], again: set[str]
) -> None:
    process_region(made_region.spec(), tmp_path / "first", ignore_progress)
    listener = Listener()
    process_region(made_region.spec(**change), tmp_path / "second", listener)
    stages = {message for message in computed(listener.messages) if "display copy" not in message}
    assert stages == again
    finished = {m.partition(":")[0] for m in computed(listener.messages) if "display copy" in m}
    assert finished == {name for stage in again for name in stage.split(", ") if name in CHANNELS or "21" in name}
    assert any(message.endswith(": reused") for message in listener.messages)


def test_a_job_that_is_stopped_goes_on_where_it_was(made_region: MadeRegion, tmp_path: Path) -> None:
    stopped = Listener(stop_at_message="s_10, prc_10, plc_10: computed")
    with pytest.raises(Cancelled):
        process_region(made_region.spec(), tmp_path / "first", stopped)
    listener = Listener()
    result = process_region(made_region.spec(), tmp_path / "second", listener)
    before = computed(stopped.messages)
    assert {"dem", "s, prc, plc", "s_10, prc_10, plc_10"} <= before
    assert not before & computed(listener.messages)
    assert {"s_20, prc_20, plc_20", "ep_5x5, sds_5x5"} <= computed(listener.messages)
    assert len(result.channels) == 21


def test_scales_of_a_region_in_metres_are_called_after_metres(
    write_raster: WriteRaster, tmp_path: Path, made_region: MadeRegion
) -> None:
    metric = {"crs": "EPSG:26916", "size": 1.0, "left": 500_000, "top": 4_000_000}
    heights = np.add.outer(np.arange(40.0), np.arange(50.0)).astype(np.float32)
    dem = {"paths": [str(write_raster("metric.tif", heights, **metric))], "bands": ["dem"]}
    told = made_region.spec(
        grid={"crs": "EPSG:26916", "pixel_size": 1.0},
        dem=dem,
        terrain={"resolutions": [10.0, 1.0, 2.5], "windows": [7]},
        extras={"plain_curvature": True},
        **dict.fromkeys(("imagery", "map_units", "streams", "roads")),
    )
    result = process_region(told, tmp_path / "metric", ignore_progress)
    assert [channel.channel for channel in result.channels] == [
        "dem", "s", "s_2.5m", "s_10m", "prc", "prc_2.5m", "prc_10m", "plc", "plc_2.5m", "plc_10m", "ep_7x7", "sds_7x7",
        "plcu", "plcu_10m", "plcu_2.5m", "prcu", "prcu_10m", "prcu_2.5m",
    ]  # fmt: skip
    assert "s_1m, prc_1m, plc_1m left out: 1 is not coarser than the grid" in result.notes
    assert all(known_channel(channel.channel) for channel in result.channels)


EXTRAS = {"hand": True, "rel": [0, 9], "tpi": [3, 8], "mdhs": True, "hillshade": True, "plain_curvature": True}


def test_channels_that_earthscape_lacks_come_when_asked_for(made_region: MadeRegion, tmp_path: Path) -> None:
    listener = Listener()
    result = process_region(made_region.spec(extras=EXTRAS), tmp_path / "out", listener)
    extra = [channel.channel for channel in result.channels if channel.channel not in CHANNELS]
    assert extra == [
        "hand", "hillshade", "mdhs", "plcu", "plcu_10", "plcu_20", "prcu", "prcu_10", "prcu_20", "rel_16x16", "rel_9x9",
        "tpi_3", "tpi_8",
    ]  # fmt: skip
    assert all(extra_channel(name) is not None for name in extra)
    out = tmp_path / "out"
    water = band(out, "nhd") == 1
    assert set(band(out, "hand")[water]) == {0.0}
    profile, logged = band(out, "prcu_10").astype(float), band(out, "prc_10")
    assert np.abs(profile).max() > 0
    assert np.isfinite(logged).all()
    assert listener.fractions == sorted(listener.fractions)
    assert listener.fractions[-1] == 1.0


def test_another_radius_computes_that_radius_alone(made_region: MadeRegion, tmp_path: Path) -> None:
    process_region(made_region.spec(extras={"tpi": [3], "mdhs": True}), tmp_path / "first", ignore_progress)
    listener = Listener()
    process_region(made_region.spec(extras={"tpi": [3, 8], "mdhs": True}), tmp_path / "second", listener)
    assert computed(listener.messages) == {"tpi_8", "tpi_8: statistics and display copy"}
