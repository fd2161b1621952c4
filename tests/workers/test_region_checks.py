from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.errors import InvalidInput
from workers.rasters.build import process_region
from workers.records.codec import from_data
from workers.records.map_units import SYMBOLS
from workers.records.progress import ignore_progress
from workers.records.region_checks import check_reassignment, check_region
from workers.records.regions import RegionSpec, TileIndexSource, UrlField

DEM = {"paths": ["dem.tif"], "bands": ["dem"]}
INDEX = {"path": "index.gpkg", "id": "Tile", "urls": [{"url": "Url"}]}
INDEXED = {"bands": ["dem"], "index": INDEX}


DOWNLOADS = {"folder": "downloads", "hosts": [{"host": "rivers.example"}]}
OFF_EARTH = [9e9, 0, 9e9 + 50, 50]
SERVICE = {"kind": "arcgis", "url": "https://rivers.example/MapServer", "layers": [3]}
BOUNDED = {"crs": "EPSG:3089", "pixel_size": 5, "bounds": [0, 0, 50, 50]}
CLASSES = ["Qal", "Qc", "Qr"]


def image(**changes: Any) -> dict[str, Any]:
    return {"imagery": {"paths": ["a.tif"], "bands": ["aerialr"]} | changes}


def grid(**changes: Any) -> dict[str, Any]:
    return {"grid": {"crs": "EPSG:3089", "pixel_size": 5} | changes}


def streams(**changes: Any) -> dict[str, Any]:
    return {"grid": BOUNDED, "streams": {"service": SERVICE | changes}}


def indexed(**changes: Any) -> dict[str, Any]:
    return {"grid": BOUNDED, "dem": {"bands": ["dem"], "index": INDEX | changes}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        # sources
        ({"dem": None}, "the region has no source at all; give one of dem, imagery, map_units, streams, roads"),
        ({"dem": {"paths": ["a.tif"], "bands": ["height"]}}, "dem.bands: must be the one band dem"),
        ({"dem": {"paths": ["a.tif"]}}, "dem.bands: must be the one band dem"),
        (
            {"dem": DEM | {"unit": "feet"}},
            "dem.unit: 'feet' is not one of metre, foot, US survey foot",
        ),
        ({"dem": {"paths": "a.tif", "bands": ["dem"]}}, "dem.paths: expected a list, got 'a.tif'"),
        (
            {"dem": {"path": ["a.tif"], "bands": ["dem"]}},
            "dem.path: unknown field; known are paths, bands, unit, index, nodata, range; did you mean paths?",
        ),
        (
            {"imagery": {"paths": ["a.tif"], "bands": ["../x"]}},
            "imagery.bands: ../x; each of aerialr, aerialg, aerialb, aerialnir at most once",
        ),
        ({"imagery": {"paths": ["a.tif"], "bands": []}}, "imagery.bands: none; each of aerialr"),
        (
            {"imagery": {"paths": ["a.tif"], "bands": ["aerialr", "aerialr"]}},
            "imagery.bands: aerialr, aerialr; each of",
        ),
        (
            {"imagery": {"paths": ["a.tif"], "bands": ["aerialr"], "unit": "foot"}},
            "imagery.unit: only elevations have a unit",
        ),
        ({"dem": DEM | {"range": [0, 255]}}, "dem.range: only imagery has a range"),
        (image(range=[3890, 112]), "imagery.range: 3890 and 112 are not two values of 16 bits from low to high"),
        (image(range=[112, 112.5]), "imagery.range: 112 and 112.5 are not two values of 16 bits"),
        (image(range=[-1, 255]), "imagery.range: -1 and 255 are not two values of 16 bits"),
        (
            image(range=[0, 65536]),
            "imagery.range: 0 and 65536 are not two values of 16 bits from low to high, 0 to 65535",
        ),
        (image(range=[112]), "imagery.range: expected 2 values, got 1"),
        (image(range="auto"), "imagery.range: expected a list, got 'auto'"),
        (image(nodata="none"), "imagery.nodata: expected a number, got 'none'"),
        ({"dem": DEM | {"nodata": [0, -9999]}}, "dem.nodata: expected a number, got a list"),
        ({"dem": DEM | {"nodata": float("nan")}}, "dem.nodata: nan is no finite number"),
        ({"map_units": {"paths": ["a.geojson"]}}, "map_units.attribute: name the attribute that holds the symbol"),
        ({"dem": {"bands": ["dem"]}}, "dem: name its files by paths or by an index, one of the two"),
        ({"dem": DEM | {"index": INDEX}}, "dem: name its files by paths or by an index, one of the two"),
        ({"roads": {}}, "roads: name its files by paths, an index or a service, one of the three"),
        (
            {"roads": {"paths": ["a.gpkg"], "service": SERVICE}},
            "roads: name its files by paths, an index or a service, one of the three",
        ),
        # tile indexes and services
        ({"dem": INDEXED}, "dem.index: which tiles are needed is not known; give grid.bounds, or map_units by path"),
        ({"dem": None, "streams": {"service": SERVICE}}, "streams.service: which tiles are needed is not known"),
        (indexed(urls=[]), "dem.index: name the field that holds the id and at least one that holds URLs"),
        (indexed(id=""), "dem.index: name the field that holds the id and at least one that holds URLs"),
        (indexed(urls=[{"url": ""}]), "dem.index: name the field that holds the id and at least one that holds URLs"),
        (indexed(urls={"url": "Url"}), "dem.index.urls: expected a list, got `key: value` pairs"),
        (indexed(choose=19), "dem.index: 19 is not a year"),
        (indexed(urls=[{"url": "Url", "year": 20}]), "dem.index: 20 is not a year"),
        (
            indexed(urls=[{"url": "Url", "year": 20.5}]),
            "dem.index.urls[0].year: expected text or a whole number, got 20.5",
        ),
        (indexed(choose="oldest"), "dem.index.choose: expected newest or a whole number, got 'oldest'"),
        (indexed(path=""), "dem.index: name a file by path or a service, one of the two"),
        (indexed(service=SERVICE), "dem.index: name a file by path or a service, one of the two"),
        (
            indexed(path="", service=SERVICE | {"layers": [1, 2]}),
            "dem.index.service: must be one layer of an ArcGIS service",
        ),
        (streams(kind="wfs"), "streams.service.kind: 'wfs' is not one of arcgis, overpass"),
        (
            streams(url="ftp://rivers.example/"),
            "streams.service.url: 'ftp://rivers.example/' is not a URL that begins with http:// or https://",
        ),
        (
            streams(url="https://rivers.example/?f=json"),
            "streams.service.url: 'https://rivers.example/?f=json' is not a URL",
        ),
        (streams(layers=[]), "streams.service.layers: name the numbers of 1 to 20 layers"),
        (streams(layers=list(range(21))), "streams.service.layers: name the numbers of 1 to 20 layers"),
        (streams(layers=[-1]), "streams.service.layers: the numbers of layers begin with 0"),
        (streams(kind="overpass"), "streams.service.layers: Overpass has none"),
        # grid
        (
            grid(crs="EPSG:4326"),
            (
                "grid.crs: EPSG:4326 measures in degrees, where a pixel has no fixed size; choose a "
                "projected CRS in metres or feet"
            ),
        ),
        (grid(crs="EPSG:4978"), "grid.crs: EPSG:4978 is Geocentric CRS, no map projection; choose a projected CRS"),
        (grid(crs="Kentucky"), "grid.crs: 'Kentucky' is not a coordinate reference system; write it like EPSG:3089"),
        (grid(crs=3089), "grid.crs: expected text, got 3089; put it in quotes"),
        (grid(crs=" " * 5000), "grid.crs: 5,000 characters, more than 4,000; write it like EPSG:3089"),
        (grid(pixel_size=0), "grid.pixel_size: 0.0 is not a size of 0.000001 or more"),
        (grid(pixel_size=-5), "grid.pixel_size: -5.0 is not a size of 0.000001 or more"),
        (grid(pixel_size="5 ft"), "grid.pixel_size: expected a number, got '5 ft'"),
        (grid(pixel_size=float("nan")), "grid.pixel_size: nan is no finite number"),
        (grid(bounds=[0, 0, 50]), "grid.bounds: expected 4 values, got 3"),
        (
            grid(bounds=[50, 0, 0, 50]),
            "grid.bounds: (50.0, 0.0, 0.0, 50.0) has no area; the order is left, bottom, right, top",
        ),
        (grid(bounds=[0, 0, 0, 50]), "has no area; the order is left, bottom, right, top"),
        (grid(bounds=OFF_EARTH), "grid.bounds: (9000000000.0, 0.0, 9000000050.0, 50.0) lies off the Earth"),
        ({"buffer": -1}, "buffer: -1.0 is not a distance"),
        ({"buffer": 1e300}, "buffer: 1e+300 is not a distance"),
        # reassignment
        (
            {"reassign": {"Qls": "longest_border"}},
            (
                "reassign.Qls: 'longest_border' is no symbol of the catalogue; known are Qal, Qc, Qr, "
                "and longest-border for that of the neighbour; did you mean longest-border?"
            ),
        ),
        ({"reassign": {"Qls": "Qx", "Qx": "Qc"}}, "reassign.Qls: 'Qx' is no symbol of the catalogue"),
        ({"reassign": ["Qls", "Qc"]}, "reassign: expected `key: value` pairs, got a list"),
        ({"reassign": {"Qls": 1}}, "reassign.Qls: expected text, got 1; put it in quotes"),
        # terrain
        ({"terrain": {"windows": [4]}}, "terrain.windows: 4 is not an odd number from 3 to 1001"),
        ({"terrain": {"windows": [1]}}, "terrain.windows: 1 is not an odd number from 3 to 1001"),
        ({"terrain": {"windows": [1003]}}, "terrain.windows: 1003 is not an odd number from 3 to 1001"),
        ({"terrain": {"windows": [5.0]}}, "terrain.windows[0]: expected a whole number, got 5.0"),
        ({"terrain": {"windows": [5, 5]}}, "terrain.windows: each at most once, 20 in all"),
        ({"terrain": {"windows": list(range(3, 45, 2))}}, "terrain.windows: each at most once, 20 in all"),
        (
            {"terrain": {"resolutions": [-10]}},
            "terrain.resolutions: -10.0 is not a size above 0 and up to 4096 pixels of the grid",
        ),
        (
            {"terrain": {"resolutions": [20481]}},
            "terrain.resolutions: 20481.0 is not a size above 0 and up to 4096 pixels of the grid",
        ),
        ({"terrain": {"resolutions": [12.0000001, 12]}}, "terrain.resolutions: each at most once, 20 in all"),
        (
            {"terrain": {"resolution": [10]}},
            (
                "terrain.resolution: unknown field; known are resolutions, windows, dem_sigma, "
                "feature_sigma; did you mean resolutions?"
            ),
        ),
        ({"terrain": {"dem_sigma": 900}}, "terrain.dem_sigma: 900.0 is not between 0 and 50 coarse pixels"),
        ({"terrain": {"feature_sigma": -1}}, "terrain.feature_sigma: -1.0 is not between 0 and 50 coarse pixels"),
        # extras
        ({"extras": {"hand": True}}, "extras.hand: height above drainage needs to know where water is; give streams"),
        (
            {"extras": {"hnad": True}},
            (
                "extras.hnad: unknown field; known are hand, rel, tpi, mdhs, hillshade, plain_curvature; "
                "did you mean hand?"
            ),
        ),
        ({"extras": ["hand"]}, "extras: expected `key: value` pairs, got a list"),
        ({"extras": {"mdhs": "yes"}}, "extras.mdhs: expected true or false, got 'yes'"),
        (
            {"dem": None, "roads": {"paths": ["a.gpkg"]}, "extras": {"mdhs": True}},
            "extras: all of them are made from elevation; give dem",
        ),
        ({"extras": {"tpi": [0]}}, "extras.tpi: 0 is not between 1 and 1024 pixels"),
        ({"extras": {"tpi": [5, 5]}}, "extras.tpi: each at most once, 20 in all"),
        ({"extras": {"rel": [2000]}}, "extras.rel: 2000 is not between 0 and 1024 pixels"),
        # tiles
        ({"tiles": {"prefix": "=cmd()"}}, "tiles.prefix: up to 40 letters, digits, underscores and hyphens"),
        (
            {"tiles": {"label_threshold": -0.1}},
            "tiles.label_threshold: -0.1 is not a share of a tile from 0 to below 1",
        ),
        ({"tiles": {"label_threshold": 1.0}}, "tiles.label_threshold: 1.0 is not a share of a tile from 0 to below 1"),
        ({"tiles": {"size": 1}}, "tiles.size: 1 is not between 16 and 4096 pixels"),
        ({"tiles": {"size": 40_000}}, "tiles.size: 40000 is not between 16 and 4096 pixels"),
        ({"tiles": {"step": 1}}, "tiles.step: 1 is not between 32 and 4096 pixels"),
        (
            {"tile": {"size": 256}},
            (
                "tile: unknown field; known are slug, name, area, grid, dem, imagery, map_units, "
                "streams, roads, buffer, reassign, terrain, extras, tiles, made; did you mean tiles?"
            ),
        ),
        ({"grid": None}, "grid: expected `key: value` pairs, got nothing"),
    ],
)
def test_what_cannot_be_carried_out_is_named_before_any_file_is_looked_for(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    data = {"slug": "a", "name": "A", "area": "A", "dem": DEM, **grid(), **changes}
    told = {"region": data, "stages": str(tmp_path), "classes": CLASSES, "downloads": DOWNLOADS}
    with pytest.raises(InvalidInput) as caught:
        process_region(told, tmp_path / "out", ignore_progress)
    assert message in str(caught.value).removeprefix("region.")


def test_the_example_of_the_documentation_is_one() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/region.md").read_text()
    spec = from_data(RegionSpec, yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0]))
    check_region(spec)
    check_reassignment(spec.reassign, SYMBOLS)
    assert spec.dem is not None
    assert spec.dem.index == TileIndexSource(
        "TileName",
        (UrlField("Phase2_AWS_url", "Phase2_Year"), UrlField("Phase1_AWS_url", "Phase1_Year")),
        "dem_tile_index.geojson",
    )
