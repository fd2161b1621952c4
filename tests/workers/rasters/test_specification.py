from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.errors import InvalidInput
from workers.rasters.specification import check_region
from workers.records.codec import from_data
from workers.records.regions import RegionSpec, TileIndexSource, UrlField

DEM = {"paths": ["dem.tif"], "bands": ["dem"]}
INDEX = {"path": "index.gpkg", "id": "Tile", "urls": [{"url": "Url"}]}
INDEXED = {"bands": ["dem"], "index": INDEX}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dem": None}, "no source at all"),
        ({"dem": {"paths": ["a.tif"], "bands": ["height"]}}, r"dem\.bands: must be the one band dem"),
        ({"imagery": {"paths": ["a.tif"], "bands": ["../x"]}}, r"imagery\.bands: \.\./x; each of aerialr, aerialg"),
        ({"imagery": {"paths": ["a.tif"], "bands": ["aerialr", "aerialr"]}}, "at most once"),
        ({"map_units": {"paths": ["a.geojson"]}}, r"map_units\.attribute: name the attribute"),
        ({"terrain": {"windows": [4]}}, r"terrain\.windows: 4 is not an odd number"),
        ({"terrain": {"resolutions": [-10]}}, r"terrain\.resolutions: -10\.0 is not a size"),
        ({"terrain": {"dem_sigma": 900}}, "sigma 900.0 is not between"),
        ({"extras": {"hand": True}}, r"extras\.hand: height above drainage needs to know where water is; give streams"),
        (
            {"dem": None, "roads": {"paths": ["a.gpkg"]}, "extras": {"mdhs": True}},
            r"extras: all of them are made",
        ),
        ({"extras": {"tpi": [0]}}, r"extras\.tpi: 0 is not between 1 and 1024 pixels"),
        ({"extras": {"tpi": [5, 5]}}, r"extras\.tpi: each at most once, 20 in all"),
        ({"extras": {"rel": [2000]}}, r"extras\.rel: 2000 is not between 0 and 1024 pixels"),
        ({"buffer": -1}, r"buffer: -1\.0 is not a distance"),
        ({"buffer": 1e300}, r"buffer: 1e\+300 is not a distance"),
        ({"tiles": {"prefix": "=cmd()"}}, r"tiles\.prefix: up to 40 letters"),
        ({"terrain": {"windows": [5, 5]}}, r"terrain\.windows: each at most once, 20 in all"),
        ({"terrain": {"windows": list(range(3, 45, 2))}}, r"terrain\.windows: each at most once, 20 in all"),
        ({"terrain": {"resolutions": [12.0000001, 12]}}, r"terrain\.resolutions: each at most once, 20 in all"),
        ({"tiles": {"label_threshold": -0.1}}, r"tiles\.label_threshold: -0\.1 is not a share of a tile"),
        ({"tiles": {"label_threshold": 1.0}}, r"tiles\.label_threshold: 1\.0 is not a share of a tile"),
        ({"tiles": {"size": 1}}, r"tiles\.size: 1 is not between 16 and 4096 pixels"),
        ({"tiles": {"size": 40_000}}, r"tiles\.size: 40000 is not between 16 and 4096 pixels"),
        ({"dem": {"bands": ["dem"]}}, "dem: name its files by paths or by an index, one of the two"),
        ({"dem": DEM | {"index": INDEX}}, "dem: name its files by paths or by an index, one of the two"),
        ({"dem": INDEXED}, r"dem\.index: which tiles are needed is not known; give grid\.bounds, or map_units by path"),
        ({"dem": INDEXED | {"index": INDEX | {"urls": []}}}, r"dem\.index: name the field that holds the id"),
        ({"dem": INDEXED | {"index": INDEX | {"choose": 19}}}, r"dem\.index: 19 is not a year"),
        (
            {"dem": INDEXED | {"index": INDEX | {"choose": "oldest"}}},
            r"choose: 'oldest' is not one of newest",
        ),
        ({"tiles": {"step": 1}}, r"tiles\.step: 1 is not between 32 and 4096 pixels"),
    ],
)
def test_what_cannot_be_carried_out_is_named(changes: dict[str, Any], message: str) -> None:
    data = {"slug": "a", "name": "A", "area": "A", "grid": {"crs": "EPSG:3089", "pixel_size": 5}, "dem": DEM} | changes
    with pytest.raises(InvalidInput, match=message):
        check_region(from_data(RegionSpec, data))


def test_the_example_of_the_documentation_is_one() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/region.md").read_text()
    spec = from_data(RegionSpec, yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0]))
    check_region(spec)
    assert spec.dem is not None
    assert spec.dem.index == TileIndexSource(
        "TileName",
        (UrlField("Phase2_AWS_url", "Phase2_Year"), UrlField("Phase1_AWS_url", "Phase1_Year")),
        "dem_tile_index.geojson",
    )
