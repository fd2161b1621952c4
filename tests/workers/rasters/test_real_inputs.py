"""The whole process on three real inputs, each by itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from workers.rasters.build import process_region
from workers.records.progress import ignore_progress
from workers.records.regions import RegionResult

DATA = Path(__file__).resolve().parents[3].parent / "shared/data"


def real(path: str) -> str:
    if not (DATA / path).exists():
        pytest.skip(f"{DATA / path} is absent")
    return str(DATA / path)


def process(folder: Path, **region: Any) -> RegionResult:
    about = {"slug": "real", "name": "Real", "area": "Somewhere", "tiles": {"size": 64, "step": 32}}
    spec = {"region": about | region, "stages": str(folder / "stages"), "classes": ["Qr"]}
    return process_region(spec, folder / "out", ignore_progress)


def test_the_lidar_terrain_model_gives_dem_and_all_thirty_terrain_channels(tmp_path: Path) -> None:
    dem = {"paths": [real("terrain/dtm_2m.tif")], "bands": ["dem"]}
    result = process(tmp_path, grid={"crs": "EPSG:26918", "pixel_size": 2.0}, dem=dem)
    assert (result.grid.width, result.grid.height, len(result.channels)) == (283, 259, 31)
    assert {channel.statistics.valid_pixels for channel in result.channels} == {73021}
    with rasterio.open(tmp_path / "out/channels/s.tif") as dataset, np.load(real("oracle/lidar_2m.npz")) as oracle:
        np.testing.assert_array_equal(dataset.read(1, masked=True).filled(np.nan), oracle["slope"])
    assert result.tile_count == 29


def test_the_aerial_image_is_averaged_to_ten_metres_in_four_bands(tmp_path: Path) -> None:
    bands = ["aerialr", "aerialg", "aerialb", "aerialnir"]
    path = real("imagery/naip_rgbn_5m.tif")
    result = process(
        tmp_path, grid={"crs": "EPSG:26914", "pixel_size": 10.0}, imagery={"paths": [path], "bands": bands}
    )
    assert [channel.channel for channel in result.channels] == bands
    with rasterio.open(path) as source:
        means = source.read().mean(axis=(1, 2))
    assert [channel.statistics.mean for channel in result.channels] == pytest.approx(means, abs=0.5)


def test_streams_and_railways_of_warren_county_are_burnt_on_a_grid_of_their_own(tmp_path: Path) -> None:
    streams = [real(f"earthscape-v1.0/vectors/{name}.geojson") for name in ("NHDFlowline", "NHDWaterbody")]
    railways = real("earthscape-v1.0/vectors/OSM_Railways.geojson")
    grid = {"crs": "EPSG:3089", "pixel_size": 20.0, "bounds": [4_700_000, 3_500_000, 4_710_240, 3_510_240]}
    result = process(tmp_path, grid=grid, streams={"paths": streams}, roads={"paths": [railways]})
    assert [channel.channel for channel in result.channels] == ["nhd", "osm"]
    water, rails = (channel.statistics for channel in result.channels)
    assert (water.minimum, water.maximum, rails.maximum) == (0, 1, 1)
    assert 0.01 < (water.mean or 0) < 0.02
    assert result.tile_count == 225
