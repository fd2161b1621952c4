import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from tests.workers.tiles.folders import (
    GRID,
    Exported,
    covered,
    export,
    pixels_of,
    published_folder,
    read,
    rebuild,
    write_raster,
    write_rasters,
)
from tests.workers.tiles.small_dataset import collection, square
from workers.errors import BrokenFile, Cancelled, InvalidInput, LimitExceeded, UnsafeInput
from workers.records.channels import CATALOGUE, CHANNEL_NAMES
from workers.records.grids import Grid
from workers.records.tile_folders import FolderLayout, RebuiltRegion, TilesResult
from workers.tiles.rebuild import read_tiles

FEW = ("mask", "dem", "nhd")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_rasters(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, whole: dict[str, str]) -> Exported:
    """A folder of three channels, for tests to copy."""
    return export(tmp_path_factory.mktemp("kept"), {name: whole[name] for name in FEW}, "v1.1")


@pytest.fixture
def folder(kept: Exported, tmp_path: Path) -> Path:
    """The folder without its checksums: what tests change in it is to be found by what it says."""
    shutil.copytree(kept.path, tmp_path / "in")
    (tmp_path / "in/checksums.sha256").unlink()
    return tmp_path / "in"


def tile(folder: Path, number: int, channel: str = "dem") -> Path:
    return folder / "data/hill/patches" / f"hill_256_50_{number}_{channel}.tif"


def change_pixels(path: Path, pixels: object, *, by: int) -> None:
    with rasterio.open(path, "r+") as dataset:
        values = dataset.read(1)
        values[pixels] += by
        dataset.write(values, 1)


def rasters_of(region: RebuiltRegion, out: Path) -> dict[str, str]:
    return {raster.channel: str(out / region.folder / raster.analysis.path) for raster in region.channels}


def only(result: TilesResult) -> RebuiltRegion:
    (region,) = result.rebuilt
    return region


@pytest.mark.parametrize("layout", ["v1.1", "v1.0.1"])
def test_there_and_back_is_the_same_bit_for_bit(whole: dict[str, str], tmp_path: Path, layout: FolderLayout) -> None:
    exported = export(tmp_path / "first", whole, layout)
    result = rebuild(exported.path, tmp_path / "out")
    region = only(result)
    assert (region.grid, region.files, region.notes) == (GRID, 418, ())
    assert [raster.channel for raster in region.channels] == list(CHANNEL_NAMES)
    back, here = rasters_of(region, tmp_path / "out"), covered()
    for seed, channel in enumerate(CATALOGUE):
        before, after = pixels_of(channel, seed), read(back[channel.name])
        assert after.dtype == before.dtype
        assert after[here].tobytes() == before[here].tobytes()
    again = export(tmp_path / "second", back, layout)
    assert again.result.manifest.sha256 == exported.result.manifest.sha256
    on_disk = sum(raster.analysis.size + raster.display.size for raster in region.channels)
    assert on_disk <= sum(path.stat().st_size for path in exported.path.rglob("*.tif")) / 3


def test_ground_without_a_tile_has_no_data(whole: dict[str, str], folder: Path, tmp_path: Path) -> None:
    region = only(rebuild(folder, tmp_path / "out"))
    back = rasters_of(region, tmp_path / "out")
    assert {raster.channel: raster.nodata for raster in region.channels} == {"mask": 0, "dem": -9999, "nhd": 255}
    for name, expected in (("mask", 0), ("dem", -9999), ("nhd", 255)):
        assert np.unique(read(back[name])[~covered()]).tolist() == [expected]
    nhd = next(raster for raster in region.channels if raster.channel == "nhd")
    assert (nhd.statistics.nodata_pixels, nhd.statistics.maximum) == (16_384, 1.0)
    assert set(np.unique(read(tmp_path / "out" / region.folder / nhd.display.path))) == {0, 1, 2}


def test_nodata_that_is_not_a_number_stays_so(tmp_path: Path) -> None:
    rasters = write_rasters(tmp_path / "rasters", ("sds_5x5",))
    region = only(rebuild(export(tmp_path, rasters, "v1.1").path, tmp_path / "out"))
    (raster,) = region.channels
    with rasterio.open(tmp_path / "out" / region.folder / raster.analysis.path) as dataset:
        assert np.isnan(dataset.nodata)
    assert (raster.nodata, raster.statistics.nodata_pixels) == (None, 16_384 + 50 * 120)


@pytest.mark.parametrize(("kind", "wider"), [(np.uint8, "uint16"), (np.uint16, "uint32"), (np.int16, "int32")])
def test_tiles_that_use_every_value_are_kept_wider_and_written_as_they_were(
    tmp_path: Path, kind: type[np.integer], wider: str
) -> None:
    least, most = np.iinfo(kind).min, np.iinfo(kind).max
    every = np.resize(np.arange(least, most + 1), (GRID.height, GRID.width)).astype(kind)
    write_raster(tmp_path / "aerialr.tif", every, None)
    exported = export(tmp_path / "first", {"aerialr": str(tmp_path / "aerialr.tif")}, "v1.1")
    region = only(rebuild(exported.path, tmp_path / "out"))
    (raster,) = region.channels
    assert (raster.dtype, raster.nodata) == (wider, float(np.iinfo(wider).max))
    assert (raster.statistics.nodata_pixels, raster.statistics.minimum) == (16_384, float(least))
    back = rasters_of(region, tmp_path / "out")
    assert np.array_equal(read(back["aerialr"])[covered()], every[covered()])
    again = export(tmp_path / "second", back, "v1.1")
    assert again.result.manifest.sha256 == exported.result.manifest.sha256


@pytest.mark.parametrize("channel", ["nhd", "aerialr"])
def test_a_tile_without_a_file_stays_without_one_there_and_back(tmp_path: Path, channel: str) -> None:
    every = np.resize(np.arange(256), (GRID.height, GRID.width)).astype(np.uint8)
    write_raster(tmp_path / f"{channel}.tif", every % 2 if channel == "nhd" else every, None)
    exported = export(tmp_path / "first", {channel: str(tmp_path / f"{channel}.tif")}, "v1.1")
    (exported.path / "checksums.sha256").unlink()
    tile(exported.path, 1, channel).unlink()
    region = only(rebuild(exported.path, tmp_path / "out"))
    again = export(tmp_path / "second", rasters_of(region, tmp_path / "out"), "v1.1")
    files = [sorted(path.name for path in folder.path.rglob("*.tif")) for folder in (exported, again)]
    assert files[0] == files[1]
    assert len(files[1]) == 10
    assert again.result.notes[-1] == f"hill: 1 tiles have no {channel}: the raster has no data there"


def test_a_folder_of_an_earlier_export_tells_more_than_is_read(folder: Path, tmp_path: Path) -> None:
    told = json.loads((folder / "metadata.json").read_text())
    told["regions"][0]["folder"] = "data/hill"
    (folder / "metadata.json").write_text(json.dumps(told))
    assert only(rebuild(folder, tmp_path / "out")).files == 33


def test_a_scale_that_is_no_whole_number_comes_back(tmp_path: Path) -> None:
    rasters = write_rasters(tmp_path / "rasters", ("dem",))
    exported = export(tmp_path / "first", {"s_2.5m": rasters["dem"]}, "v1.1")
    (raster,) = only(rebuild(exported.path, tmp_path / "out")).channels
    assert raster.channel == "s_2.5m"


def test_tables_and_split_come_as_they_were(folder: Path, tmp_path: Path) -> None:
    dataset = rebuild(folder, tmp_path / "out").dataset
    assert dict(dataset.subsets) == {"train": 6, "val": 2, "test_id": 2, "test_cd": 1}
    lines = (tmp_path / "out/tiles.csv").read_text().splitlines()
    assert lines[1].startswith("hill_256_50_1,hill,1,4700000.0,3557440.0,4701280.0,3558720.0,train,0.3333333333333333,")
    assert len(lines) == 12
    assert (tmp_path / "out/norms.csv").read_text() == (
        "region,channel,mean,std\nhill,dem,612.5,91.25\nhill,s_50,0.3333333333333333,0.5\n"
    )


def test_one_pixel_of_one_overlap_is_reported_with_tile_and_channel(folder: Path, tmp_path: Path) -> None:
    change_pixels(tile(folder, 2), np.s_[200, 100], by=1)
    message = r"^dem: tiles differ from the tiles that they overlap: hill_256_50_2 \(1 pixel\)$"
    with pytest.raises(InvalidInput, match=message):
        rebuild(folder, tmp_path / "out")
    assert not (tmp_path / "out/.work").exists()


def test_the_first_may_win_and_is_told(folder: Path, whole: dict[str, str], tmp_path: Path) -> None:
    change_pixels(tile(folder, 2), np.s_[200:202, 100], by=1)
    region = only(rebuild(folder, tmp_path / "out", on_disagreement="first"))
    told = "dem: tiles differ from the tiles that they overlap: hill_256_50_2 (2 pixels)"
    assert told in region.notes[-1]
    after = read(rasters_of(region, tmp_path / "out")["dem"])
    assert np.array_equal(after[covered()], read(whole["dem"])[covered()])


def test_pixels_of_one_tile_alone_are_free(folder: Path, tmp_path: Path) -> None:
    change_pixels(tile(folder, 1), np.s_[255, 0], by=1)  # the south-western corner, which no other tile reaches
    assert only(rebuild(folder, tmp_path / "out")).files == 33


def move(folder: Path, number: int, feet: float, channels: Sequence[str] = FEW) -> None:
    """Move files of a tile of the westernmost column to the east."""
    for channel in channels:
        with rasterio.open(tile(folder, number, channel), "r+") as dataset:
            dataset.transform = Affine(5, 0, 4_700_000.0 + feet, 0, -5, dataset.transform.f)


def change_footprints(folder: Path, feet: Mapping[int, float | None]) -> None:
    """Move footprints to the east, those of the numbers given, or take them away."""
    path = folder / "data/hill/hill_patches.geojson"
    data = json.loads(path.read_text())
    for number, east in feet.items():
        feature = data["features"][number - 1]
        ring = feature["geometry"]["coordinates"][0]
        moved = None if east is None else [[[x + east, y] for x, y in ring]]
        feature["geometry"] = moved and {"type": "Polygon", "coordinates": moved}
    path.write_text(json.dumps(data))
    shutil.rmtree(folder / "splits")


def test_a_tile_of_another_lattice_is_named(folder: Path, tmp_path: Path) -> None:
    move(folder, 3, 1.25)
    change_footprints(folder, {3: 1.25})
    message = r"hill_256_50_3_mask.tif: lies 0.25 pixels right of and 0 below the lattice of the region's grid$"
    with pytest.raises(BrokenFile, match=message):
        rebuild(folder, tmp_path / "out")


def test_without_metadata_the_lattice_is_that_of_the_first_tile(tmp_path: Path) -> None:
    folder = published_folder(tmp_path / "in")
    with rasterio.open(folder / "earthscape_hardin_sonora/patches/hv_256_50_2_slope_50.tif", "r+") as dataset:
        dataset.transform = Affine(5, 0, dataset.transform.c + 1.25, 0, -5, dataset.transform.f)
    places = {"hv_256_50_1": square(0), "sonora_256_50_1": square(40), "hv_256_50_2": None}
    (folder / "earthscape_hardin_sonora/locations.geojson").write_text(collection(places))
    message = r"hv_256_50_2_slope_50.tif: lies 0.25 pixels right of and 0 below the lattice of hv_256_50_1$"
    with pytest.raises(BrokenFile, match=message):
        rebuild(folder, tmp_path / "out")


def test_a_channel_beside_its_tile_is_named(folder: Path, tmp_path: Path) -> None:
    move(folder, 3, 1.25, ["dem"])
    change_footprints(folder, {3: None})
    message = r"hill_256_50_3_dem.tif: lies 0.25 pixels right of and 0 below the tile's place on the grid$"
    with pytest.raises(BrokenFile, match=message):
        rebuild(folder, tmp_path / "out")


def test_tiles_a_little_off_the_grid_leave_it_where_it_is(folder: Path, whole: dict[str, str], tmp_path: Path) -> None:
    off = {1: -0.45, 2: 0.0, 3: 0.45}  # feet, of the westernmost tiles: up to 0.09 pixels to either side
    for number, feet in off.items():
        move(folder, number, feet)
    change_footprints(folder, off)
    region = only(rebuild(folder, tmp_path / "out"))
    assert (region.grid, region.notes[0][:8]) == (GRID, "no files")
    dem = read(rasters_of(region, tmp_path / "out")["dem"])
    assert np.array_equal(dem[covered()], read(whole["dem"])[covered()])


@pytest.mark.parametrize("origin", [1e9, -1e12])
def test_a_grid_off_the_earth_is_refused(folder: Path, tmp_path: Path, origin: float) -> None:
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["regions"][0]["grid"]["origin_x"] = origin
    (folder / "metadata.json").write_text(json.dumps(metadata))
    with pytest.raises(InvalidInput, match=r"metadata\.json: hill: a grid that begins at .* is not on Earth"):
        rebuild(folder, tmp_path / "out")


def test_a_tile_away_from_its_footprint_is_named(folder: Path, tmp_path: Path) -> None:
    with rasterio.open(tile(folder, 3), "r+") as dataset:
        dataset.transform = Affine(5, 0, 4_700_640.0, 0, -5, 3_560_000.0)
    with pytest.raises(BrokenFile, match=r"hill_256_50_3_dem.tif: lies 128 pixels from where its footprint is"):
        rebuild(folder, tmp_path / "out")


def test_a_tile_of_another_size_is_named(folder: Path, tmp_path: Path) -> None:
    write_raster(tile(folder, 4), np.zeros((256, 255), np.float32), -9999)
    with pytest.raises(BrokenFile, match=r"hill_256_50_4_dem.tif: has 255 x 256 pixels, expected 256 x 256"):
        rebuild(folder, tmp_path / "out")


def test_a_tile_of_another_type_is_named(folder: Path, tmp_path: Path) -> None:
    place = Affine(5, 0, GRID.origin_x + 640, 0, -5, GRID.origin_y - 1280)
    write_raster(tile(folder, 4), np.zeros((256, 256), np.int16), -9999, place=place)
    message = (
        r"hill_256_50_4_dem.tif: is int16 with nodata -9999.0, the channel's other files float32 with nodata -9999.0"
    )
    with pytest.raises(BrokenFile, match=message):
        rebuild(folder, tmp_path / "out")


def test_a_truncated_tile_is_named(folder: Path, tmp_path: Path) -> None:
    content = tile(folder, 5).read_bytes()
    tile(folder, 5).write_bytes(content[: len(content) // 2])
    with pytest.raises(InvalidInput, match=r"hill_256_50_5_dem.tif: cannot be read as a GeoTIFF"):
        rebuild(folder, tmp_path / "out")


def test_a_link_that_leads_out_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tile(folder, 6).rename(tmp_path / "outside.tif")
    tile(folder, 6).symlink_to(outside)
    with pytest.raises(UnsafeInput, match=r"hill_256_50_6_dem.tif leads out of"):
        rebuild(folder, tmp_path / "out")


def test_what_is_no_tiff_is_refused(folder: Path, tmp_path: Path) -> None:
    tile(folder, 6).write_text("<VRTDataset/>")
    with pytest.raises(UnsafeInput, match=r"hill_256_50_6_dem.tif: is not a TIFF file"):
        rebuild(folder, tmp_path / "out")


def test_what_is_missing_is_told_and_not_invented(folder: Path, tmp_path: Path) -> None:
    tile(folder, 1).unlink()
    for channel in FEW:
        tile(folder, 10, channel).unlink()
    region = only(rebuild(folder, tmp_path / "out"))
    assert region.notes[0] == "1 tile (hill_256_50_10) without any tile file: no data there"
    assert region.notes[1] == "dem: 1 tile (hill_256_50_1) without a file of this channel: no data there"
    assert region.notes[2].startswith("no files of 35 channels: aerialr, aerialg, ")
    dem = read(rasters_of(region, tmp_path / "out")["dem"])
    assert np.unique(dem[384:512, 0:128]).tolist() == [-9999]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hill_256_50_77_dem.tif", "hill_256_50_77 has no areas and labels"),
        ("dem.tif", "not named {patch_id}_{channel}.tif"),
        ("hill_256_50_1_geology.tif", "gives the channel mask as well"),
        ("hill_256_50_1_rgb.tif", "rgb.tif: rgb is what maps of three channels are called"),
        ("hill_256_50_1_FalseColour.tif", "FalseColour is what maps of three channels are called"),
        ("hill_256_50_1_DEM.tif", "DEM differs from the channel dem by capitals alone: give it that name"),
        ("hill_256_50_1_Geology.tif", "Geology differs from the channel geology by capitals alone"),
    ],
)
def test_a_file_that_belongs_nowhere_is_named(folder: Path, tmp_path: Path, name: str, told: str) -> None:
    shutil.copy(tile(folder, 1), folder / "data/hill/patches" / name)
    with pytest.raises(BrokenFile, match=told):
        rebuild(folder, tmp_path / "out")


def put_channels(folder: Path, names: Sequence[str], number: int = 1) -> None:
    for name in names:
        shutil.copy(tile(folder, number), tile(folder, number, name))


def test_names_of_ones_own_are_channels_as_any_other(folder: Path, tmp_path: Path) -> None:
    put_channels(folder, ["plain", "Rgb2"])
    assert [raster.channel for raster in only(rebuild(folder, tmp_path / "out")).channels] == [*FEW, "Rgb2", "plain"]


def test_two_names_that_differ_by_capitals_alone_are_refused(folder: Path, tmp_path: Path) -> None:
    put_channels(folder, ["wetness", "Wetness"])
    with pytest.raises(BrokenFile, match=r"hill_256_50_1_wetness.tif: wetness differs from the channel Wetness by"):
        rebuild(folder, tmp_path / "out")


def test_a_folder_has_no_more_channels_than_it_may(folder: Path, tmp_path: Path) -> None:
    put_channels(folder, [f"x{number:03}" for number in range(126)])
    message = r"hill_256_50_1_x125.tif: x125 is one channel more than the 128 that a folder may have$"
    with pytest.raises(BrokenFile, match=message):
        rebuild(folder, tmp_path / "out")


def put_whole_numbers(folder: Path, nodata: float | None, numbers: Sequence[int]) -> None:
    for number in numbers:
        with rasterio.open(tile(folder, number)) as dataset:
            place = dataset.transform
        path = tile(folder, number, "counts")
        write_raster(path, np.full((256, 256), 2**40, np.int64), nodata, place=place)


def test_whole_numbers_of_64_bits_with_gaps_need_a_nodata_value(folder: Path, tmp_path: Path) -> None:
    put_whole_numbers(folder, None, range(1, 12))
    message = r"hill_256_50_1_counts.tif: is int64 without a nodata value, and the channel's tiles leave gaps"
    with pytest.raises(BrokenFile, match=message):
        rebuild(folder, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_whole_numbers_of_64_bits_with_a_nodata_value_are_kept(folder: Path, tmp_path: Path) -> None:
    put_whole_numbers(folder, -9999, range(1, 12))
    region = only(rebuild(folder, tmp_path / "out"))
    counts = read(rasters_of(region, tmp_path / "out")["counts"])
    assert (str(counts.dtype), np.unique(counts).tolist()) == ("int64", [-9999, 2**40])


def test_broken_metadata_are_named(folder: Path, tmp_path: Path) -> None:
    text = (folder / "metadata.json").read_text()
    (folder / "metadata.json").write_text(text.replace('"tile_px": 256', '"tile_px": "256"'))
    with pytest.raises(InvalidInput, match=r"metadata.json.regions\[0\].tile_px: expected a whole number, got '256'"):
        rebuild(folder, tmp_path / "out")


@pytest.mark.parametrize(
    ("field", "value"),
    [("prefix", "../../hill_"), ("prefix", "a/b_"), ("name", ""), ("area", "a" * 61), ("slug", "a\n")],
)
def test_metadata_whose_names_are_none_are_refused(folder: Path, tmp_path: Path, field: str, value: str) -> None:
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["regions"][0][field] = value
    (folder / "metadata.json").write_text(json.dumps(metadata))
    with pytest.raises(InvalidInput, match=rf"metadata\.json\.regions\[0\]\.{field}: "):
        rebuild(folder, tmp_path / "out")


def test_a_folder_without_tile_files_is_sent_to_the_other_kind(folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder / "data/hill/patches")
    with pytest.raises(InvalidInput, match="its tables are read by import-dataset"):
        rebuild(folder, tmp_path / "out")


def test_a_full_disk_is_said_before_anything_is_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 10_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    message = r"^The rasters of these tile files need up to 6\.9 MB, and the store's disk has room for 4\.0 MB beyond"
    with pytest.raises(LimitExceeded, match=message):  # 640 x 512 pixels of 12 bytes, and 9 that pass through
        rebuild(folder, tmp_path / "out", reserve=6_000_000)
    assert list((tmp_path / "out").iterdir()) == []
    assert only(rebuild(folder, tmp_path / "out", reserve=3_000_000)).files == 33


def test_a_published_folder_needs_no_metadata(tmp_path: Path) -> None:
    result = rebuild(published_folder(tmp_path / "in"), tmp_path / "out")
    assert (result.dataset.version, result.metadata) == ("earthscape-v1.0.1", None)
    howe, sonora = result.rebuilt
    assert (howe.slug, howe.grid) == ("howe-valley", Grid("EPSG:3089", 4_665_933.25, 3_570_198.5, 5.0, 384, 256))
    assert (sonora.slug, sonora.channels[0].channel, sonora.channels[0].statistics.mean) == ("sonora", "s_50", 40.0)


def test_it_stops_where_it_is_asked_to_and_never_goes_back(folder: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    report = stopping(seen, at=0.5)
    (tmp_path / "out").mkdir()
    with pytest.raises(Cancelled):
        read_tiles({"folder": str(folder)}, tmp_path / "out", report)
    assert not (tmp_path / "out/.work").exists()
    assert seen == sorted(seen)


def stopping(seen: list[float], *, at: float) -> Callable[..., None]:
    def report(stage: str, fraction: float, message: str = "", *, measures: object = None) -> None:
        seen.append(fraction)
        if fraction > at:
            raise Cancelled("stopped")

    return report
