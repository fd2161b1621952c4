"""A region from a tile index that is served here, against the same region from the same files named by path."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import rasterio

from tests.workers.conftest import LEFT, TOP, MadeRegion, WriteRaster
from tests.workers.sources.indexes import copy_rewritten, published, square, write_index
from tests.workers.sources.served import Server, Visit, allowing, serving, whole
from workers.errors import BrokenFile, Cancelled, InvalidInput, UnsafeInput
from workers.files import sha256_of
from workers.rasters.build import process_region
from workers.rasters.intake import check_whole
from workers.records.codec import to_data
from workers.records.progress import ignore_progress
from workers.records.regions import RegionResult


@pytest.fixture
def server():
    with serving() as running:
        yield running


class Indexed:
    """The made region with its DEM, in two tiles of 120 ft, behind an index."""

    def __init__(self, made: MadeRegion, server: Server, folder: Path) -> None:
        self.made, self.server, self.folder = made, server, folder
        west, east = map(Path, made.region["dem"]["paths"])
        rows: list[tuple[Any, dict[str, Any]]] = [
            (square(1, 0, 120.0), {"Name": "b", "Link": self.serve(east), "Year": 2020}),
            (square(0, 0, 120.0), {"Name": "a", "Link": self.serve(west), "Year": 2020}),
            (square(0, 0, 120.0), {"Name": "a", "Link": server.url("/old.tif"), "Year": 2010}),
            (square(0, 1, 120.0), {"Name": "c", "Link": None, "Year": 2020}),
            (square(9, 0, 120.0), {"Name": "far", "Link": server.url("/far.tif"), "Year": 2020}),
        ]
        self.index = {
            "path": str(write_index(folder / "index.gpkg", rows)),
            "id": "Name",
            "urls": [{"url": "Link", "year": "Year"}],
        }
        self.allowed = to_data(allowing(server, folder / "downloads"))

    def serve(self, path: Path) -> str:
        return self.server.serve(f"/{path.name}", whole(path.read_bytes()))

    def spec(self, **changes: Any) -> dict[str, Any]:
        dem = {"bands": ["dem"], "index": self.index}
        return self.made.spec(**({"dem": dem} | changes)) | {"downloads": self.allowed}

    def process(self, out: str, report: Any = ignore_progress, **changes: Any) -> RegionResult:
        return process_region(self.spec(**changes), self.folder / out, report)


@pytest.fixture
def indexed(made_region: MadeRegion, server: Server, tmp_path: Path) -> Indexed:
    return Indexed(made_region, server, tmp_path)


def test_a_region_from_an_index_equals_that_from_the_same_files(
    indexed: Indexed, made_region: MadeRegion, tmp_path: Path
) -> None:
    elsewhere = made_region.spec() | {"stages": str(tmp_path / "other-stages")}  # nothing is to be taken from there
    by_path = process_region(elsewhere, tmp_path / "by-path", ignore_progress)
    by_index = indexed.process("by-index")
    without_downloads = replace(by_index, downloads=(), notes=by_path.notes)
    assert without_downloads == by_path  # with the checksums of all channels
    assert [(file.role, file.tile, file.year, Path(file.path).name) for file in by_index.downloads] == [
        ("dem", "a", 2020, "dem_w.tif"),
        ("dem", "b", 2020, "dem_e.tif"),
    ]
    assert by_index.downloads[0].sha256 == sha256_of(tmp_path / "dem_w.tif")
    assert "dem: 1 tiles of the index have no URL and were left out: c" in by_index.notes


def test_only_what_the_area_with_its_buffer_needs_is_asked_for_and_once(indexed: Indexed) -> None:
    indexed.process("one")
    indexed.process("two")
    assert sorted(path for path, _ in indexed.server.visits) == ["/dem_e.tif", "/dem_w.tif"]


def test_a_wider_buffer_asks_for_one_tile_more(indexed: Indexed) -> None:
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": [LEFT + 20, TOP - 100, LEFT + 100, TOP - 20]}
    found = indexed.process("out", grid=grid, buffer=10.0, map_units=None, imagery=None)
    assert [file.tile for file in found.downloads] == ["a"]
    assert indexed.process("wider", grid=grid, buffer=20.0, map_units=None, imagery=None).downloads[-1].tile == "b"


def test_bounds_without_an_area_are_refused_before_anything_is_asked(indexed: Indexed) -> None:
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": [LEFT + 100, TOP - 100, LEFT + 20, TOP - 20]}
    with pytest.raises(InvalidInput, match=r"grid\.bounds: .* has no area"):
        indexed.process("out", grid=grid)
    assert indexed.server.visits == []


def test_bytes_are_reported_before_the_channels(indexed: Indexed) -> None:
    reports: list[tuple[str, float, str]] = []
    indexed.process("out", lambda *report: reports.append(report))
    stages = list(dict.fromkeys(stage for stage, *_ in reports))
    assert stages[:4] == ["sources", "map", "download", "mask"]
    told = [message for stage, _, message in reports if stage == "download" and message]
    assert told == ["dem: 2 tiles of the index to download", "dem: 2 of 2 files, 0.0 MiB"]
    fractions = [fraction for _, fraction, _ in reports]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_cancel_while_downloading_ends_the_job(indexed: Indexed, tmp_path: Path) -> None:
    def silent(visit: Visit) -> None:
        visit.head(200, Content_Length=1000)
        indexed.server.released.wait(60)

    def report(stage: str, fraction: float, message: str = "", **more: object) -> None:
        if stage == "download" and len(indexed.server.visits) == 2:
            raise Cancelled("asked to stop")

    indexed.server.behaviours |= {"/dem_w.tif": silent, "/dem_e.tif": silent}
    with pytest.raises(Cancelled):
        indexed.process("out", report)


def test_a_zip_per_tile_is_as_good(indexed: Indexed, tmp_path: Path) -> None:
    plain = indexed.process("plain")
    for name in ("dem_w", "dem_e"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as target:
            target.write(tmp_path / f"{name}.tif", f"deep/{name}.tif")
        indexed.server.serve(f"/{name}.tif", whole((tmp_path / f"{name}.zip").read_bytes()))
    indexed.allowed["folder"] = str(tmp_path / "zipped")
    zipped = indexed.process("zipped-out")
    assert [Path(file.path).name for file in zipped.downloads] == ["dem_w-1.tif", "dem_e-1.tif"]
    assert zipped.channels == plain.channels


def test_roads_may_be_downloaded_too(indexed: Indexed, tmp_path: Path) -> None:
    url = indexed.serve(tmp_path / "roads.geojson")
    path = write_index(tmp_path / "roads.gpkg", [(square(0, 0, 900.0), {"Name": "all", "Link": url})])
    index = {"path": str(path), "id": "Name", "urls": [{"url": "Link"}]}
    found = indexed.process("out", roads={"index": index})
    assert [file.role for file in found.downloads] == ["dem", "dem", "roads"]
    with rasterio.open(tmp_path / "out/channels/osm.tif") as dataset:
        assert np.flatnonzero(dataset.read(1)[:, 0]).tolist() == [16]


def test_the_map_itself_may_be_downloaded_within_bounds(indexed: Indexed, tmp_path: Path) -> None:
    url = indexed.serve(tmp_path / "map.geojson")
    path = write_index(tmp_path / "maps.gpkg", [(square(0, 0, 900.0), {"Name": "all", "Link": url})])
    units = {"attribute": "Symbol", "index": {"path": str(path), "id": "Name", "urls": [{"url": "Link"}]}}
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": [LEFT + 20, TOP - 180, LEFT + 220, TOP - 20]}
    assert indexed.process("out", map_units=units, grid=grid).channels[0].channel == "mask"


def test_a_raster_that_is_cut_off_is_refused_although_its_header_opens(indexed: Indexed, tmp_path: Path) -> None:
    whole_file = (tmp_path / "dem_w.tif").read_bytes()
    indexed.server.serve("/dem_w.tif", whole(whole_file[:-100]))
    with pytest.raises(InvalidInput, match=r"tile a: .*/dem_w\.tif: dem_w\.tif: is cut off"):
        indexed.process("out")


@pytest.mark.parametrize("profile", [{}, {"interleave": "band"}, {"tiled": True, "blockxsize": 16, "blockysize": 16}])
def test_a_cut_off_raster_is_found_however_it_is_laid_out(write_raster: WriteRaster, profile: dict[str, Any]) -> None:
    path = write_raster("a.tif", np.ones((2, 40, 40), "float32"), **profile)
    check_whole(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BrokenFile, match=r"a\.tif: is cut off: it has"):
        check_whole(path)


def test_without_hosts_nothing_is_downloaded(indexed: Indexed) -> None:
    told = r"dem\.index: nothing may be downloaded yet; .* EARTHSCAPE_DOWNLOAD_HOSTS"
    for allowed in (None, indexed.allowed | {"hosts": []}):
        with pytest.raises(InvalidInput, match=told):
            process_region(indexed.spec() | {"downloads": allowed}, indexed.folder / "out", ignore_progress)
    assert indexed.server.visits == []


def test_the_published_index_is_downloaded_from_a_server_of_ours(
    server: Server, tmp_path: Path, write_raster: WriteRaster
) -> None:
    """Four tiles of 5,000 ft around one corner, at 50 ft, each 100 x 100 pixels of its own height."""
    source = published("dem_tile_index.geojson")
    corner = (4_700_000.0, 3_525_000.0)
    around = (corner[0] - 10, corner[1] - 10, corner[0] + 10, corner[1] + 10)

    def rewritten(url: str) -> str:
        return server.url("/" + url.rpartition("/")[2])

    fields = ("Phase1_AWS_url", "Phase2_AWS_url")
    index = copy_rewritten(source, tmp_path / "index.gpkg", rewritten, fields)
    _, _, _, (names, urls) = pyogrio.raw.read(index, columns=["TileName", "Phase2_AWS_url"], bbox=around)
    heights = {name: 500.0 + number for number, name in enumerate(names)}
    for name, url in zip(names, urls, strict=True):
        left, top = upper_left(index, name)
        path = write_raster(f"{name}.tif", np.full((100, 100), heights[name], "float32"), left=left, top=top, size=50.0)
        server.serve("/" + url.rpartition("/")[2], whole(path.read_bytes()))
    years = [{"url": "Phase2_AWS_url", "year": "Phase2_Year"}, {"url": "Phase1_AWS_url", "year": "Phase1_Year"}]
    box = [corner[0] - 1000, corner[1] - 1000, corner[0] + 1000, corner[1] + 1000]
    region = {
        "slug": "corner",
        "name": "Corner",
        "area": "Warren County",
        "grid": {"crs": "EPSG:3089", "pixel_size": 50.0, "bounds": box},
        "dem": {"bands": ["dem"], "index": {"path": str(index), "id": "TileName", "urls": years}},
        "terrain": {"resolutions": [], "windows": [3]},
        "tiles": {"size": 16, "step": 16},
    }
    told = {"region": region, "stages": str(tmp_path / "stages"), "classes": []}
    result = process_region(
        told | {"downloads": to_data(allowing(server, tmp_path / "downloads"))}, tmp_path / "out", ignore_progress
    )
    assert [file.tile for file in result.downloads] == sorted(names)
    assert len(names) == 4
    assert {file.year for file in result.downloads} <= {2022, 2023}
    with rasterio.open(tmp_path / "out/channels/dem.tif") as dataset:
        corners = dataset.read(1)[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert sorted(corners) == [500.0, 501.0, 502.0, 503.0]


def upper_left(index: Path, tile: str) -> tuple[float, float]:
    left, _, _, top = pyogrio.read_bounds(index, where=f"TileName = '{tile}'")[1][:, 0]
    return (round(left), round(top))


def test_the_published_index_as_it_is_asks_no_host_that_is_not_listed(server: Server, tmp_path: Path) -> None:
    index = {
        "path": str(published("dem_tile_index.geojson")),
        "id": "TileName",
        "urls": [{"url": "Phase2_Box_zip", "year": "Phase2_Year"}],
    }
    box = [4_700_000.0, 3_520_000.0, 4_701_000.0, 3_521_000.0]
    region = {
        "slug": "a",
        "name": "A",
        "area": "A",
        "grid": {"crs": "EPSG:3089", "pixel_size": 5.0, "bounds": box},
        "dem": {"bands": ["dem"], "index": index},
    }
    told = {"region": region, "stages": str(tmp_path / "stages"), "classes": []}
    with pytest.raises(UnsafeInput, match=r"https://ky\.box\.com/shared/.*: ky\.box\.com is not among the hosts"):
        process_region(told | {"downloads": to_data(allowing(server, tmp_path))}, tmp_path / "out", ignore_progress)
