from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.tiles.sources import describe_downloads, describe_sources, source_paths, with_checked_paths
from workers.errors import InvalidInput, UnsafeInput
from workers.records.downloads import DownloadedFile, HostRule
from workers.records.regions import GridSpec, RasterSource, RegionSpec, TileIndexSource, UrlField, VectorSource
from workers.records.services import ServiceSource


@pytest.fixture
def root(store: Path, settings: Settings, tmp_path: Path) -> Path:
    (tmp_path / "imports").mkdir()
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path / "imports"]
    return tmp_path / "imports"


def spec(*, dem: tuple[str, ...] = (), streams: str | None = None) -> RegionSpec:
    return RegionSpec(
        slug="hollow",
        name="Hollow",
        area="Hollow",
        grid=GridSpec("EPSG:3089", 5.0),
        dem=RasterSource(dem, ("dem",)) if dem else None,
        streams=VectorSource((streams,)) if streams else None,
    )


def test_the_stores_own_file_comes_before_that_of_a_root(root: Path, store: Path) -> None:
    for folder in (root, store / "sources"):
        folder.mkdir(exist_ok=True)
        (folder / "a.tif").write_text("x")
    found = with_checked_paths(spec(dem=("a.tif",)))
    assert found.dem is not None
    assert found.dem.paths == (str(store / "sources" / "a.tif"),)


def test_a_relative_path_is_found_in_a_root(root: Path) -> None:
    (root / "a.tif").write_text("x")
    found = with_checked_paths(spec(dem=("a.tif",)))
    assert found.dem is not None
    assert found.dem.paths == (str(root / "a.tif"),)


def test_a_link_out_of_the_roots_is_refused(root: Path) -> None:
    (root / "a.tif").symlink_to("/etc/passwd")
    with pytest.raises(UnsafeInput, match=r"a[.]tif is outside the folders that may be imported from"):
        with_checked_paths(spec(dem=(f"{root}/a.tif",)))


def test_a_source_without_files_is_refused(root: Path) -> None:
    with pytest.raises(InvalidInput, match=r"specification.streams.paths: there is no file b.gdb"):
        with_checked_paths(spec(streams="b.gdb"))


def test_a_folder_stands_for_the_rasters_that_are_in_it(root: Path) -> None:
    (root / "dems" / "deeper.tif").mkdir(parents=True)
    for name in ("b.TIF", "a.tiff", "a.txt", ".hidden.tif", "deeper.tif/c.tif"):
        (root / "dems" / name).write_text("x")
    found = with_checked_paths(spec(dem=("dems",)))
    assert found.dem is not None
    assert found.dem.paths == (f"{root}/dems/a.tiff", f"{root}/dems/b.TIF")


def test_a_link_in_a_folder_that_leads_out_of_the_roots_is_refused(root: Path) -> None:
    (root / "dems").mkdir()
    (root / "dems" / "a.tif").symlink_to("/etc/passwd")
    with pytest.raises(UnsafeInput, match=r"a[.]tif is outside the folders that may be imported from"):
        with_checked_paths(spec(dem=("dems",)))


@pytest.mark.parametrize(("source", "link"), [("a.gdb", "a.gdb/a00000001.gdbtable"), ("a.shp", "a.dbf")])
def test_a_link_out_of_the_roots_is_refused_in_what_is_read_along(root: Path, source: str, link: str) -> None:
    (root / "a.gdb").mkdir()
    (root / "a.shp").write_text("x")
    (root / link).symlink_to("/etc/passwd")
    with pytest.raises(UnsafeInput, match=rf"{link} is outside the folders that may be imported from"):
        with_checked_paths(spec(streams=str(root / source)))


def test_a_folder_without_rasters_is_told(root: Path) -> None:
    (root / "dems").mkdir()
    with pytest.raises(InvalidInput, match=r"specification\.dem\.paths: the folder .*/dems holds no GeoTIFF"):
        with_checked_paths(spec(dem=("dems",)))


def indexed(path: str) -> RegionSpec:
    index = TileIndexSource("Tile", (UrlField("Url"),), path)
    return replace(spec(), dem=RasterSource(bands=("dem",), index=index))


def test_an_index_is_refused_until_hosts_may_be_asked(root: Path) -> None:
    (root / "index.gpkg").write_text("x")
    with pytest.raises(InvalidInput, match=r"specification\.dem\.index: .* EARTHSCAPE_DOWNLOAD_HOSTS"):
        with_checked_paths(indexed("index.gpkg"))


def test_of_a_service_nothing_lies_on_the_server(root: Path, settings: Settings) -> None:
    service = ServiceSource("arcgis", "https://rivers.example/MapServer", (3,))
    asked = replace(spec(), dem=None, streams=VectorSource(paths=("/etc/passwd",), service=service))
    with pytest.raises(InvalidInput, match=r"specification\.streams\.service: .* EARTHSCAPE_DOWNLOAD_HOSTS"):
        with_checked_paths(asked)
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("rivers.example"),)
    assert source_paths(with_checked_paths(asked)) == []  # a path beside it is not looked at


def test_an_index_is_a_file_of_the_roots_like_any_other(root: Path, settings: Settings) -> None:
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("tiles.example"),)
    (root / "index.gpkg").write_text("index")
    found = with_checked_paths(indexed("index.gpkg"))
    assert found.dem is not None
    assert found.dem.index is not None
    assert found.dem.index.path == f"{root}/index.gpkg"
    assert source_paths(found) == [f"{root}/index.gpkg"]
    assert [(row["role"], row["size"]) for row in describe_sources(found)] == [("dem", 5)]
    with pytest.raises(UnsafeInput, match=r"/etc/passwd is outside the folders that may be imported from"):
        with_checked_paths(indexed("/etc/passwd"))
    with pytest.raises(InvalidInput, match=r"specification\.dem\.index\.path: there is no file b\.gpkg"):
        with_checked_paths(indexed("b.gpkg"))


def test_what_was_downloaded_is_recorded_by_its_whole_url(root: Path) -> None:
    url = "https://x/" + "a" * 2034 + ".zip"
    file = DownloadedFile("dem", "N1", url, 2022, "/store/a-1.tif", "c" * 64, 9)
    assert describe_downloads(indexed("index.gpkg"), [file]) == [
        {"role": "dem", "path": f"{url}#a-1.tif", "bands": ["dem"], "sha256": "c" * 64, "size": 9}
    ]


def test_a_folder_is_described_by_all_of_its_files(root: Path) -> None:
    (root / "b.gdb").mkdir()
    (root / "b.gdb" / "one").write_text("1")
    (root / "b.gdb" / "two").write_text("22")
    [before] = describe_sources(spec(streams=str(root / "b.gdb")))
    (root / "b.gdb" / "two").write_text("23")
    [after] = describe_sources(spec(streams=str(root / "b.gdb")))
    assert (before["role"], before["size"], before["bands"]) == ("streams", 3, [])
    assert before["sha256"] != after["sha256"]
