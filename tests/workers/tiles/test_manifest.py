"""The checksums that a folder of tile files brings along."""

import shutil
from pathlib import Path

import pytest

from tests.workers.tiles.folders import export, rebuild, write_rasters
from tests.workers.tiles.test_importing import read as read_tables
from workers.errors import BrokenFile, InvalidInput, UnsafeInput

DEM = "data/hill/patches/hill_256_50_7_dem.tif"
AREAS = "data/hill/hill_areas.csv"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    return export(folder, write_rasters(folder / "rasters", ("dem", "nhd")), "v1.1").path


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept, tmp_path / "in")
    return tmp_path / "in"


def change_last_byte(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize("name", [DEM, AREAS, "splits/val_id.geojson"])
def test_a_file_that_differs_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    change_last_byte(folder / name)
    with pytest.raises(BrokenFile, match=rf"{name}: its SHA-256 is \w+, checksums.sha256 says \w+: copy the file once"):
        rebuild(folder, tmp_path / "out")


@pytest.mark.parametrize("name", [DEM, AREAS])
def test_a_file_that_is_listed_and_missing_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / "notes.txt").write_text("not listed")
    (folder / name).rename(folder / "elsewhere")
    with pytest.raises(BrokenFile, match=rf"{name}: this file is missing"):
        rebuild(folder, tmp_path / "out")


def test_files_that_are_not_listed_are_taken_as_they_are(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "checksums.sha256").read_text().splitlines(keepends=True)
    (folder / "checksums.sha256").write_text("".join(line for line in lines if DEM not in line))
    change_last_byte(folder / DEM)
    (region,) = rebuild(folder, tmp_path / "out", on_disagreement="first").rebuilt
    assert (region.files, region.notes[-1].startswith("dem: tiles differ")) == (22, True)


@pytest.mark.parametrize(
    "line",
    [
        "abc  data/hill/hill_areas.csv",
        f"{'0' * 64} data/hill/hill_areas.csv",
        f"{'0' * 64}  ../in/data/hill/hill_areas.csv",
        f"{'0' * 64}  /etc/passwd",
    ],
)
def test_a_line_that_is_no_checksum_is_named(folder: Path, tmp_path: Path, line: str) -> None:
    with (folder / "checksums.sha256").open("a") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(BrokenFile, match=r"checksums.sha256, row 31: not a SHA-256, two spaces and a path inside"):
        rebuild(folder, tmp_path / "out")


def test_two_checksums_for_one_file_are_refused(folder: Path, tmp_path: Path) -> None:
    with (folder / "checksums.sha256").open("a") as stream:
        stream.write(f"{'0' * 64}  {AREAS}\n")
    with pytest.raises(BrokenFile, match=rf"checksums.sha256, row 31: {AREAS} stands twice, with two checksums"):
        rebuild(folder, tmp_path / "out")


def test_a_listed_link_that_leads_out_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "link.txt").symlink_to("/etc/passwd")
    with (folder / "checksums.sha256").open("a") as stream:
        stream.write(f"{'0' * 64}  link.txt\n")
    with pytest.raises(UnsafeInput, match=r"link.txt leads out of"):
        rebuild(folder, tmp_path / "out")


def test_tables_alone_are_held_against_it_too(folder: Path, tmp_path: Path) -> None:
    change_last_byte(folder / AREAS)
    with pytest.raises(BrokenFile, match=rf"{AREAS}: its SHA-256 is"):
        read_tables(folder, tmp_path / "out")


def test_a_folder_without_checksums_is_read_as_before(folder: Path, tmp_path: Path) -> None:
    (folder / "checksums.sha256").unlink()
    change_last_byte(folder / DEM)
    with pytest.raises(InvalidInput, match="tiles differ from the tiles that they overlap"):
        rebuild(folder, tmp_path / "out")
