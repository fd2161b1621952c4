from pathlib import Path

import pytest
from pytest_django import Settings

from apps.tiles.sources import describe_sources, with_checked_paths
from workers.errors import InvalidInput, UnsafeInput
from workers.records.regions import GridSpec, RasterSource, RegionSpec, VectorSource


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
    with pytest.raises(UnsafeInput):
        with_checked_paths(spec(dem=(f"{root}/a.tif",)))


def test_a_source_without_files_is_refused(root: Path) -> None:
    with pytest.raises(InvalidInput, match=r"specification.streams.paths: there is no file b.gdb"):
        with_checked_paths(spec(streams="b.gdb"))


def test_a_folder_is_described_by_all_of_its_files(root: Path) -> None:
    (root / "b.gdb").mkdir()
    (root / "b.gdb" / "one").write_text("1")
    (root / "b.gdb" / "two").write_text("22")
    [before] = describe_sources(spec(streams=str(root / "b.gdb")))
    (root / "b.gdb" / "two").write_text("23")
    [after] = describe_sources(spec(streams=str(root / "b.gdb")))
    assert (before["role"], before["size"], before["bands"]) == ("streams", 3, [])
    assert before["sha256"] != after["sha256"]
