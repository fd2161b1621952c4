import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.workers.tiles.folders import GRID, IDS, REGION, export, nodata_of, pixels_of, write_raster, write_rasters
from workers.errors import Cancelled, InvalidInput, LimitExceeded, StoreUnavailable
from workers.records.channels import CATALOGUE, CHANNEL_NAMES, kind_of, name_in_layout
from workers.records.codec import to_data
from workers.records.map_units import SYMBOLS
from workers.records.progress import ignore_progress
from workers.records.tile_folders import ExportDataset, ExportedRegion, metadata_from
from workers.tiles.export import export_dataset

FEW = ("mask", "aerialr", "dem", "s_50", "sds_5x5", "nhd")


@pytest.fixture(scope="module")
def rasters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_rasters(tmp_path_factory.mktemp("rasters"), FEW)


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if "patches/" not in str(path))


def test_the_layout_of_today_has_a_folder_for_the_region(rasters: dict[str, str], tmp_path: Path) -> None:
    folder = export(tmp_path, rasters, "v1.1").path
    assert names_in(folder) == [
        "checksums.sha256", "data", "data/hill", "data/hill/hill_areas.csv", "data/hill/hill_labels.csv",
        "data/hill/hill_patches.geojson", "data/hill/hill_stats.csv", "data/hill/patches", "metadata.json", "splits",
        "splits/test_cd.geojson", "splits/test_id.geojson", "splits/train_id.geojson", "splits/val_id.geojson",
    ]  # fmt: skip
    first = sorted(path.name for path in (folder / "data/hill/patches").glob("hill_256_50_1_*"))
    assert first == [f"hill_256_50_1_{name}.tif" for name in sorted(FEW)]


def test_the_layout_before_has_names_of_its_own(rasters: dict[str, str], tmp_path: Path) -> None:
    folder = export(tmp_path, rasters, "v1.0.1").path / "earthscape_hill-county_hill"
    assert sorted(path.name for path in folder.iterdir()) == [
        "areas.csv", "image_stats_hill.csv", "labels.csv", "locations.geojson", "patches",
    ]  # fmt: skip
    first = sorted(path.name.removeprefix("hill_256_50_1_") for path in folder.glob("patches/hill_256_50_1_*"))
    assert first == ["aerialr.tif", "dem.tif", "geology.tif", "nhd.tif", "slope_50.tif", "stdslope_5x5.tif"]
    assert (folder / "image_stats_hill.csv").read_text() == (
        "path,mean,std\ndem.tif,612.5,91.25\nslope_50.tif,0.3333333333333333,0.5\n"
    )


@pytest.mark.parametrize("channel", [channel for channel in CATALOGUE if channel.name in FEW], ids=lambda c: c.name)
def test_a_tile_file_is_its_window_of_the_raster(rasters: dict[str, str], tmp_path: Path, channel: object) -> None:
    info = next(c for c in CATALOGUE if c is channel)
    folder = export(tmp_path, {info.name: rasters[info.name]}, "v1.1").path
    with rasterio.open(folder / "data/hill/patches" / f"hill_256_50_9_{info.name}.tif") as tile:
        assert (tile.width, tile.height, tile.count, tile.crs.to_epsg(), tile.compression) == (256, 256, 1, 3089, None)
        assert tuple(tile.bounds) == (4_701_280.0, 3_558_720.0, 4_702_560.0, 3_560_000.0)
        assert tile.nodata == nodata_of(info) or np.isnan(tile.nodata)
        expected = pixels_of(info, CHANNEL_NAMES.index(info.name))[0:256, 256:512]
        assert tile.dtypes[0] == expected.dtype
        assert tile.read(1).tobytes() == expected.tobytes()


def test_tables_keep_every_digit(rasters: dict[str, str], tmp_path: Path) -> None:
    folder = export(tmp_path, {"dem": rasters["dem"]}, "v1.1").path / "data/hill"
    areas = (folder / "hill_areas.csv").read_text().splitlines()
    assert areas[0] == "patch_id,af1,Qal,Qaf,Qat,Qc,Qca,Qr"
    assert areas[11] == "hill_256_50_11,0.3333333333333333,0.0,0.0,0.0,0.0,0.0,0.6666666666666666"
    assert (folder / "hill_labels.csv").read_text().splitlines()[1] == "hill_256_50_1,1,0,0,0,0,0,1"
    places = json.loads((folder / "hill_patches.geojson").read_text())
    assert places["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::3089"
    assert [feature["properties"]["patch_id"] for feature in places["features"]] == IDS
    assert places["features"][0]["geometry"]["coordinates"][0][0] == [4_701_280.0, 3_557_440.0]


def test_the_split_has_a_file_for_each_subset(rasters: dict[str, str], tmp_path: Path) -> None:
    folder = export(tmp_path, {"dem": rasters["dem"]}, "v1.1").path / "splits"
    counts = {path.name: len(json.loads(path.read_text())["features"]) for path in folder.iterdir()}
    assert counts == {"train_id.geojson": 6, "val_id.geojson": 2, "test_id.geojson": 2, "test_cd.geojson": 1}


def test_the_metadata_say_what_it_is_and_whose(rasters: dict[str, str], tmp_path: Path) -> None:
    exported = export(tmp_path, rasters, "v1.0.1")
    found = metadata_from((exported.path / "metadata.json").read_text())
    assert found is not None
    assert (found.layout, found.dataset_version, found.label_revision, found.split) == (
        "v1.0.1", "hill", "hill", "hill-split",
    )  # fmt: skip
    assert dict(found.subsets) == {"train": 6, "val": 2, "test_id": 2, "test_cd": 1}
    assert (found.licence, "Massey and Imran" in found.credit, "CC BY 4.0" in found.credit) == ("CC BY 4.0", True, True)
    (region,) = found.regions
    assert (region.slug, region.grid, region.channels, region.tiles) == ("hill", GRID, FEW, 11)
    assert (found.files, exported.result.files) == (74, 74)  # 6 channels of 11 tiles, 4 tables, 4 subsets


def test_every_file_has_its_checksum(rasters: dict[str, str], tmp_path: Path) -> None:
    exported = export(tmp_path, rasters, "v1.1")
    lines = (exported.path / "checksums.sha256").read_text().splitlines()
    assert len(lines) == 74
    for line in lines:
        digest, path = line.split("  ")
        assert hashlib.sha256((exported.path / path).read_bytes()).hexdigest() == digest
    manifest = hashlib.sha256((exported.path / "checksums.sha256").read_bytes()).hexdigest()
    assert exported.result.manifest.sha256 == manifest
    assert exported.result.bytes == sum((exported.path / line.split("  ")[1]).stat().st_size for line in lines)


def test_the_same_again_has_the_same_bytes(rasters: dict[str, str], tmp_path: Path) -> None:
    first, second = (export(tmp_path / name, rasters, "v1.1").result for name in ("a", "b"))
    assert first.manifest.sha256 == second.manifest.sha256


def spec_of(rasters: dict[str, str]) -> dict[str, object]:
    about = {"prefix": "hill_", "overlap": 50, "tile_px": 256, "grid": GRID, "rasters": rasters, "statistics": {}}
    region = ExportedRegion(**(REGION | about))
    told = ExportDataset("v1.1", "hill", "Hill", "hill", SYMBOLS, None, "", "", (region,), "tiles.csv")
    data: dict[str, object] = to_data(told)
    return data


def test_a_stop_leaves_no_folder_of_the_final_name(rasters: dict[str, str], tmp_path: Path) -> None:
    export(tmp_path / "before", {"dem": rasters["dem"]}, "v1.1")
    (tmp_path / "tiles.csv").write_bytes((tmp_path / "before/tiles.csv").read_bytes())
    seen: list[float] = []

    def stop(stage: str, fraction: float, message: str = "", *, measures: object = None) -> None:
        seen.append(fraction)
        if fraction > 0.4:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        export_dataset(spec_of(rasters), tmp_path, stop)
    assert not (tmp_path / "earthscape-hill").exists()
    assert seen == sorted(seen)
    assert 0.4 < seen[-1] < 0.9


def test_no_tiles_are_no_folder(rasters: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "tiles.csv").write_text("patch_id,region\n")
    with pytest.raises(InvalidInput, match="There are no tiles to write"):
        export_dataset(spec_of(rasters), tmp_path, ignore_progress)


def test_a_tile_outside_the_raster_is_named(tmp_path: Path) -> None:
    write_raster(tmp_path / "dem.tif", np.zeros((512, 512), np.float32), None)
    with pytest.raises(InvalidInput, match=r"hill_256_50_10: lies outside the raster dem.tif"):
        export(tmp_path, {"dem": str(tmp_path / "dem.tif")}, "v1.1")


def test_a_raster_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"The raster dem.tif of the store cannot be read"):
        export(tmp_path, {"dem": str(tmp_path / "dem.tif")}, "v1.1")


@pytest.mark.parametrize(
    ("free", "reserve", "room"), [(9_000_000, 0, "9.0"), (17_000_000, 8_000_000, "9.0"), (1_000_000, 8_000_000, "0.0")]
)
def test_a_full_disk_is_said_before_anything_is_written(
    rasters: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, reserve: int, room: str
) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    message = rf"^The tile files need up to 10\.9 MB, and the store's disk has room for {room} MB beyond the "
    with pytest.raises(LimitExceeded, match=rf"{message}{reserve // 1_000_000}\.0 MB that stay free"):
        export(tmp_path, rasters, "v1.1", reserve=reserve)
    assert [path.name for path in tmp_path.iterdir()] == ["tiles.csv"]


def test_names_go_both_ways() -> None:
    assert name_in_layout("plc_200", "v1.0.1") == "plancurv_200"
    assert name_in_layout("plc_200", "v1.1") == "plc_200"
    assert name_in_layout("s_7", "v1.0.1") == "s_7"
    assert (kind_of("mask"), kind_of("s_7")) == ("class", "continuous")
