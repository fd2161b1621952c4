"""From the specification of a first hour, with services that are served here in the real formats, to channels."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely

from tests.workers.conftest import WriteRaster
from tests.workers.sources.answering import ServedLayer, feature, overpass, way
from tests.workers.sources.served import Server, allowing, ranged, serving, whole
from workers.errors import InvalidInput
from workers.rasters.build import process_region
from workers.rasters.preview import preview_region
from workers.records.codec import to_data
from workers.records.previews import RegionPreview, SourcePreview
from workers.records.progress import ignore_progress

LEFT, BOTTOM, SIDE = 4_700_000.0, 3_550_000.0, 400.0
WEST, EAST = (shapely.box(LEFT + x, BOTTOM, LEFT + x + SIDE / 2, BOTTOM + SIDE) for x in (0, SIDE / 2))
DEM, AERIAL, NHD = (f"/arcgis/rest/services/{name}/MapServer" for name in ("Dem", "Aerial", "NHD"))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def spec(server: Server, write_raster: WriteRaster, tmp_path: Path) -> dict[str, Any]:
    """What the child is told: two sheets of elevation, one of imagery whose second has no URL, a river and a road."""
    rows, cols = np.mgrid[0:80, 0:40].astype("float32")
    top = BOTTOM + SIDE
    dem = [write_raster(f"dem{n}.tif", 500 + cols + rows, left=LEFT + n * SIDE / 2, top=top) for n in (0, 1)]
    image = write_raster("aerial.tif", np.full((4, 80, 80), 90, "uint8"), left=LEFT, top=top)
    links = [server.serve(f"/{path.name}", ranged(path.read_bytes())) for path in dem]
    server.serve("/aerial", whole(image.read_bytes()))
    old = {"Phase1_AWS_url": server.url("/old.tif"), "Phase1_Year": "2014"}
    tiles = [
        feature(shape, TileName=name, Phase2_AWS_url=link, Phase2_Year="2022", **old)
        for shape, name, link in zip((WEST, EAST), ("N1E1", "N1E2"), links, strict=True)
    ]
    ServedLayer(tiles, 1).serve(server, f"{DEM}/0")
    sheets = [
        feature(WEST, TileName="N1E1", Boxzip2021=server.url("/aerial"), Boxzip2014=None),
        feature(EAST, TileName="N1E2", Boxzip2021=None, Boxzip2014=None),
    ]
    ServedLayer(sheets).serve(server, f"{AERIAL}/0")
    river = shapely.LineString([(LEFT + 102.5, BOTTOM), (LEFT + 102.5, BOTTOM + SIDE)])
    pond = shapely.box(LEFT + 300, BOTTOM + 300, LEFT + 350, BOTTOM + 350)
    ServedLayer([feature(river, gnis_name="Drakes Creek")]).serve(server, f"{NHD}/3")
    ServedLayer([feature(pond, fcode=39004)], pages=False).serve(server, f"{NHD}/9")
    road = shapely.LineString([(LEFT, BOTTOM + 202.5), (LEFT + SIDE, BOTTOM + 202.5)])
    server.serve("/api/interpreter", overpass([way(1, road, highway="residential")]))
    return {
        "region": region(server),
        "stages": str(tmp_path / "stages"),
        "classes": [],
        "downloads": to_data(allowing(server, tmp_path / "downloads", attempts=2)),
    }


def region(server: Server) -> dict[str, Any]:
    def index(path: str, urls: list[dict[str, Any]]) -> dict[str, Any]:
        return {"service": {"kind": "arcgis", "url": server.url(path), "layers": [0]}, "id": "TileName", "urls": urls}

    phases = [{"url": f"Phase{number}_AWS_url", "year": f"Phase{number}_Year"} for number in (2, 1)]
    years = [{"url": f"Boxzip{year}", "year": year} for year in (2021, 2014)]
    return {
        "slug": "square",
        "name": "Square",
        "area": "Warren County",
        "grid": {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": [LEFT, BOTTOM, LEFT + SIDE, BOTTOM + SIDE]},
        "buffer": 0.0,
        "dem": {"bands": ["dem"], "unit": "US survey foot", "index": index(DEM, phases)},
        "imagery": {"bands": ["aerialr", "aerialg", "aerialb", "aerialnir"], "index": index(AERIAL, years)},
        "streams": {"service": {"kind": "arcgis", "url": server.url(NHD), "layers": [3, 9]}},
        "roads": {"service": {"kind": "overpass", "url": server.url("/api/interpreter")}},
        "tiles": {"size": 32, "step": 16},
    }


def preview(spec: dict[str, Any], folder: Path) -> RegionPreview:
    return preview_region(spec, folder, ignore_progress)


def test_a_first_hour_ends_with_all_channels(spec: dict[str, Any], server: Server, tmp_path: Path) -> None:
    result = process_region(spec, tmp_path / "out", ignore_progress)
    assert len(result.channels) == 37  # all but the map's
    assert (result.grid.width, result.grid.height) == (80, 80)
    with rasterio.open(tmp_path / "out/channels/dem.tif") as dataset:
        assert dataset.read(1)[0, :2].tolist() == [500.0, 501.0]
    with rasterio.open(tmp_path / "out/channels/nhd.tif") as dataset:
        streams = dataset.read(1)
    assert streams[40].nonzero()[0].tolist() == [20]
    assert streams[15].nonzero()[0].tolist() == [20, *range(60, 70)]
    with rasterio.open(tmp_path / "out/channels/osm.tif") as dataset:
        assert dataset.read(1).nonzero()[0].tolist() == [39] * 80
    assert [(file.role, file.tile) for file in result.downloads] == [
        ("dem", "N1E1"),
        ("dem", "N1E2"),
        ("imagery", "N1E1"),
        ("streams", ""),
        ("roads", ""),
    ]
    assert result.downloads[-1].url == server.url("/api/interpreter")
    assert "imagery: 1 tiles of the index have no URL and were left out: N1E2" in result.notes


def test_a_preview_counts_bytes_and_minutes_and_downloads_no_raster(
    spec: dict[str, Any], server: Server, tmp_path: Path
) -> None:
    found = preview(spec, tmp_path)
    dem = sum((tmp_path / name).stat().st_size for name in ("dem0.tif", "dem1.tif"))
    kept = {path.stem: path.stat().st_size for path in (tmp_path / "downloads/services").rglob("*.geojson")}
    assert found == RegionPreview(
        80,
        80,
        (
            SourcePreview("dem", 2, 0, dem, 0),
            SourcePreview("imagery", 1, 0, (tmp_path / "aerial.tif").stat().st_size, 0, ("1 tile has no URL: N1E2",)),
            SourcePreview("streams", 0, 2, kept["NHD"], 0, kept=kept["NHD"]),
            SourcePreview("roads", 0, 1, kept["interpreter"], 0, kept=kept["interpreter"]),
        ),
        0.1,
        1.1,
    )
    asked = len(server.visits)
    process_region(spec, tmp_path / "out", ignore_progress)
    later = [path.partition("?")[0] for path, _ in server.visits[asked:]]
    assert sorted(later) == ["/aerial", "/dem0.tif", "/dem1.tif"]  # services are not asked again


def test_what_is_kept_already_is_counted_apart(spec: dict[str, Any], server: Server, tmp_path: Path) -> None:
    whole_sheet = {"imagery": None, "streams": None, "roads": None}
    process_region(spec | {"region": spec["region"] | whole_sheet}, tmp_path / "out", ignore_progress)
    asked = len(server.visits)
    found = preview(spec, tmp_path)
    dem, imagery = found.sources[:2]
    size = sum((tmp_path / name).stat().st_size for name in ("dem0.tif", "dem1.tif"))
    assert (dem.tiles, dem.size, dem.kept, dem.unknown) == (2, size, size, 0)
    assert (imagery.size, imagery.kept) == ((tmp_path / "aerial.tif").stat().st_size, 0)
    assert not [path for path, _ in server.visits[asked:] if path.startswith("/dem")]


def test_only_what_is_missing_takes_minutes(
    spec: dict[str, Any], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.rasters.preview.BYTES_PER_SECOND", 1000)
    before = preview(spec, tmp_path)
    rasters = sum((tmp_path / name).stat().st_size for name in ("dem0.tif", "dem1.tif", "aerial.tif"))
    assert before.download_minutes == math.ceil(rasters / 6000) / 10
    process_region(spec, tmp_path / "out", ignore_progress)
    assert preview(spec, tmp_path).download_minutes == 0.0


def test_sizes_that_nobody_says_are_unknown(spec: dict[str, Any], server: Server, tmp_path: Path) -> None:
    server.serve("/dem1.tif", lambda visit: visit.head(403))
    dem = preview(spec, tmp_path).sources[0]
    assert (dem.tiles, dem.size, dem.unknown) == (2, (tmp_path / "dem0.tif").stat().st_size, 1)
    assert dem.notes == (f"{server.url('/dem1.tif')}: the server answers 403",)


def test_a_square_outside_the_index_is_told(spec: dict[str, Any], server: Server, tmp_path: Path) -> None:
    ServedLayer([]).serve(server, f"{DEM}/0")
    for compute in (preview_region, process_region):
        with pytest.raises(InvalidInput, match=r"dem\.index: no tile of http.*/Dem/MapServer touches the region"):
            compute(spec, tmp_path / "out", ignore_progress)


def test_a_square_without_streams_has_an_empty_channel(spec: dict[str, Any], server: Server, tmp_path: Path) -> None:
    ServedLayer([]).serve(server, f"{NHD}/3")
    ServedLayer([]).serve(server, f"{NHD}/9")
    only = {"dem": None, "imagery": None, "roads": None}
    process_region(spec | {"region": spec["region"] | only}, tmp_path / "out", ignore_progress)
    with rasterio.open(tmp_path / "out/channels/nhd.tif") as dataset:
        assert not dataset.read(1).any()


def test_a_preview_needs_bounds(spec: dict[str, Any], tmp_path: Path) -> None:
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0}
    with pytest.raises(InvalidInput, match=r"dem\.index: which tiles are needed is not known; give grid\.bounds"):
        preview(spec | {"region": spec["region"] | {"grid": grid}}, tmp_path)
    by_path = {"dem": {"paths": ["dem.tif"], "bands": ["dem"]}, "imagery": None, "streams": None, "roads": None}
    with pytest.raises(InvalidInput, match=r"grid\.bounds: a preview needs the region's bounds"):
        preview(spec | {"region": spec["region"] | by_path | {"grid": grid}}, tmp_path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"streams": {"service": {"kind": "arcgis", "url": "ftp://a"}}}, "streams.service.url: 'ftp://a' is not a URL"),
        ({"streams": {"service": {"kind": "arcgis", "url": "http://a"}}}, "streams.service.layers: name the numbers"),
        (
            {"streams": {"service": {"kind": "arcgis", "url": "http://a", "layers": [-1]}}},
            "streams.service.layers: the numbers of layers begin with 0",
        ),
        (
            {"roads": {"service": {"kind": "overpass", "url": "http://a", "layers": [1]}}},
            "roads.service.layers: Overpass has none",
        ),
        (
            {"roads": {"paths": ["a"], "service": {"kind": "overpass", "url": "http://a"}}},
            "roads: name its files by paths, an index or a service, one of the three",
        ),
        (
            {"dem": {"bands": ["dem"], "index": {"id": "a", "urls": [{"url": "b"}]}}},
            "dem.index: name a file by path or a service, one of the two",
        ),
        (
            {
                "dem": {
                    "bands": ["dem"],
                    "index": {"id": "a", "urls": [{"url": "b"}], "service": {"kind": "overpass", "url": "http://a"}},
                }
            },
            "dem.index.service: must be one layer of an ArcGIS service",
        ),
    ],
)
def test_a_service_that_cannot_be_asked_is_refused_at_once(
    spec: dict[str, Any], server: Server, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        preview(spec | {"region": spec["region"] | changes}, tmp_path)
    assert server.visits == []


def test_nothing_is_asked_without_hosts(spec: dict[str, Any], server: Server, tmp_path: Path) -> None:
    only = {"dem": None, "imagery": None}
    for compute in (preview_region, process_region):
        with pytest.raises(InvalidInput, match=r"streams\.service: nothing may be downloaded yet"):
            compute(spec | {"region": spec["region"] | only, "downloads": None}, tmp_path, ignore_progress)
    assert server.visits == []
