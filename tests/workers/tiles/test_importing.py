import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers.tiles.small_dataset import HARDIN, collection, first_version, square, table, write
from workers.errors import BrokenFile, InvalidInput, UnsafeInput
from workers.records.datasets import DatasetResult
from workers.records.progress import ignore_progress
from workers.tiles.importing import read_dataset

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
PUBLISHED = DATA / "earthscape-v1.0"


def read(source: Path, out: Path) -> tuple[DatasetResult, list[dict[str, str]]]:
    out.mkdir(exist_ok=True)
    result = read_dataset({"folder": str(source)}, out, ignore_progress)
    with (out / result.tiles.path).open(encoding="utf-8", newline="") as stream:
        return result, list(csv.DictReader(stream))


def need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path


def test_tiles_come_by_region_and_number(tmp_path: Path) -> None:
    result, rows = read(first_version(tmp_path / "in"), tmp_path / "out")
    assert result.version == "earthscape-v1.0"
    assert [row["patch_id"] for row in rows] == ["256_50_1", "256_50_2", "256_50_3", *HARDIN]
    assert [row["region"] for row in rows] == ["warren"] * 3 + ["howe-valley", "sonora", "sonora"]
    assert [row["subset"] for row in rows] == ["train", "val", "test_id", "test_cd", "test_cd", "test_cd"]


def test_areas_and_bounds_are_kept_as_written(tmp_path: Path) -> None:
    _, rows = read(first_version(tmp_path / "in"), tmp_path / "out")
    assert float(rows[0]["area_Qr"]) == 0.75
    assert rows[0]["label_af1"] == "1"
    assert [float(rows[0][side]) for side in ("left", "bottom", "right", "top")] == [
        4665933.25,
        3568918.5,
        4667213.25,
        3570198.5,
    ]


def test_a_tile_without_geometry_is_kept_and_reported(tmp_path: Path) -> None:
    result, rows = read(first_version(tmp_path / "in"), tmp_path / "out")
    assert rows[-1]["left"] == ""
    assert [(region.slug, region.tiles, region.footprints) for region in result.regions] == [
        ("warren", 3, 3),
        ("howe-valley", 1, 1),
        ("sonora", 2, 1),
    ]
    assert result.notes == ("1 tiles have no geometry: kept without footprint and window",)


def test_channel_names_of_the_first_version_become_todays(tmp_path: Path) -> None:
    result, _ = read(first_version(tmp_path / "in"), tmp_path / "out")
    lines = (tmp_path / "out" / result.norms.path).read_text().splitlines()
    assert lines == [
        "region,channel,mean,std",
        "howe-valley,dem,745.5,51.25",
        "warren,s_50,1.5,0.5",
        "warren,logslope,-0.25,0.125",
    ]


def test_the_archive_layout_is_read(tmp_path: Path) -> None:
    files = {
        "areas.csv": table(["256_50_1"], "0,0,0,0,0,0,1"),
        "labels.csv": table(["256_50_1"], "0,0,0,0,0,0,1"),
        "locations.geojson": collection({"256_50_1": square(0)}),
    }
    write(tmp_path / "in" / "earthscape_warren_bristow", files)
    result, rows = read(tmp_path / "in", tmp_path / "out")
    assert (result.version, result.layout, dict(result.subsets)) == ("earthscape-v1.0.1", "v1.0.1", {})
    assert rows[0]["left"] == "4665933.25"


def second_version() -> dict[str, str]:
    return {
        "data/warren/warren_areas.csv": table(["256_50_1"], "0,0,0,0,0,0,1"),
        "data/warren/warren_labels.csv": table(["256_50_1"], "0,0,0,0,0,0,1"),
        "data/warren/warren_patches.geojson": collection({"256_50_1": square(0)}),
        "data/warren/warren_stats.csv": "path,mean,std\ndem.tif,600,70\n",
        "splits/esv1p1_splits/train_id.geojson": collection({"256_50_1": square(0)}),
    }


def test_the_layout_of_v1_1_is_read(tmp_path: Path) -> None:
    result, rows = read(write(tmp_path / "in", second_version()), tmp_path / "out")
    assert (result.version, result.layout) == ("earthscape-v1.1", "v1.1")
    assert dict(result.subsets) == {"train": 1, "val": 0, "test_id": 0, "test_cd": 0}
    assert rows[0]["subset"] == "train"
    assert "warren,dem,600.0,70.0" in (tmp_path / "out" / result.norms.path).read_text()


def test_a_folder_without_its_split_says_so(tmp_path: Path) -> None:
    files = second_version()
    del files["splits/esv1p1_splits/train_id.geojson"]
    result, _ = read(write(tmp_path / "in", files), tmp_path / "out")
    assert result.notes == ("no files of the split were found: no split is stored",)
    assert dict(result.subsets) == {}


def test_two_places_for_one_tile_are_refused(tmp_path: Path) -> None:
    files = second_version() | {"splits/esv1p1_splits/train_id.geojson": collection({"256_50_1": square(1)})}
    with pytest.raises(BrokenFile, match=r"train_id.geojson, row 1, column geometry: 256_50_1 lies elsewhere"):
        read(write(tmp_path / "in", files), tmp_path / "out")


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    source = first_version(tmp_path / "in")
    (source / "warren" / "areas.csv").unlink()
    (source / "warren" / "areas.csv").symlink_to("/etc/passwd")
    with pytest.raises(UnsafeInput, match=r"warren/areas.csv leads out of"):
        read(source, tmp_path / "out")


def test_a_folder_in_the_place_of_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in" / "warren" / "areas.csv").mkdir(parents=True)
    (tmp_path / "in" / "warren" / "labels.csv").write_text("")
    with pytest.raises(BrokenFile, match=r"warren/areas.csv: not a file that can be read"):
        read(tmp_path / "in", tmp_path / "out")


def test_a_folder_in_no_layout_is_refused_with_the_layouts(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"fits none of the published layouts: v1.0 .*v1.0.1 .*v1.1"):
        read(tmp_path, tmp_path / "out")


BROKEN = {
    "missing column": ("warren/areas.csv", "patch_id,af1\n", "areas.csv, row 1, column Qal: this column is missing"),
    "strange column": (
        "warren/areas.csv",
        "patch_id,af1,Qal,Qaf,Qat,Qc,Qca,Qr,Qx\n",
        "areas.csv, row 1, column Qx: this column is not known",
    ),
    "text": ("warren/areas.csv", table(["256_50_1"], "0,x,0,0,0,0,1"), "areas.csv, row 2, column Qal: 'x' is not a"),
    "nan": ("warren/areas.csv", table(["256_50_1"], "0,nan,0,0,0,0,1"), "areas.csv, row 2, column Qal: 'nan' is not a"),
    "infinite": ("warren/areas.csv", table(["256_50_1"], "0,1e999,0,0,0,0,1"), "row 2, column Qal: '1e999' is not fin"),
    "above one": ("warren/areas.csv", table(["256_50_1"], "0,0,0,0,0,0,1.5"), "row 2, column Qr: area 1.5 is not"),
    "label": ("warren/labels.csv", table(["256_50_1"], "0,0,0,0,0,0,2"), "labels.csv, row 2, column Qr: label 2 is"),
    "twice": (
        "warren/areas.csv",
        table(["256_50_1", "256_50_1"], "0,0,0,0,0,0,1"),
        "areas.csv, row 3, column patch_id: 256_50_1 stands twice",
    ),
    "bad id": ("warren/areas.csv", table(["256_50_0"], "0,0,0,0,0,0,1"), "row 2, column patch_id: '256_50_0' is not"),
    "short line": ("warren/areas.csv", table(["256_50_1"], "0,0"), "areas.csv, row 2: 3 cells, the header has 8"),
    "not text": ("warren/areas.csv", "patch_id\0", "areas.csv, row 1, column"),
    "other ids": (
        "warren/labels.csv",
        table(["256_50_1", "256_50_2"], "0,0,0,0,0,0,1"),
        "labels.csv, column patch_id: 256_50_3 of areas.csv is missing",
    ),
    "no square": (
        "splits/warren_patches_val.geojson",
        collection({"256_50_2": square(4, side=1275.0)}),
        "val.geojson, row 1, column geometry: the square is 1275.0 x 1275.0 ft",
    ),
    "triangle": (
        "splits/warren_patches_val.geojson",
        collection({"256_50_2": {"type": "Polygon", "coordinates": [[[0, 0], [1280, 0], [0, 1280], [0, 0]]]}}),
        "val.geojson, row 1, column geometry: the polygon is not a square",
    ),
    "another CRS": (
        "splits/warren_patches_val.geojson",
        collection({"256_50_2": square(4)}, crs="urn:ogc:def:crs:OGC:1.3:CRS84"),
        "val.geojson, column crs: the CRS is urn:ogc:def:crs:OGC:1.3:CRS84, expected EPSG:3089",
    ),
    "huge number": (
        "splits/warren_patches_val.geojson",
        collection({"256_50_2": {"type": "Polygon", "coordinates": [[[10**400, 0]] * 5]}}),
        "val.geojson, row 1, column geometry: not a polygon of one ring with finite",
    ),
    "nested": ("splits/warren_patches_val.geojson", "[" * 100_000, "val.geojson: not JSON"),
    "channel": ("warren/image_stats.csv", "path,mean,std\n" + "x" * 61 + ",1,1\n", "row 2, column path"),
    "not JSON": ("splits/warren_patches_val.geojson", "{", "val.geojson: not JSON"),
    "two subsets": (
        "splits/warren_patches_val.geojson",
        collection({"256_50_1": square(0)}),
        "256_50_1 is in train as well",
    ),
    "unknown tile": (
        "splits/warren_patches_val.geojson",
        collection({"256_50_9": square(0)}),
        "val.geojson, row 1, column patch_id: 256_50_9 has no areas",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_with_row_and_column(tmp_path: Path, case: str) -> None:
    name, text, message = BROKEN[case]
    source = first_version(tmp_path / "in", {name: text})
    with pytest.raises(BrokenFile) as error:
        read(source, tmp_path / "out")
    assert message in str(error.value)
    assert str(source / name.split("/")[0]) in str(error.value)


def test_the_published_tiles_count_as_documented(tmp_path: Path) -> None:
    result, _ = read(need(PUBLISHED), tmp_path / "out")
    warren, howe_valley, sonora = result.regions
    assert list(warren.per_class.values()) == [8690, 14793, 228, 1044, 11597, 6474, 21917]
    hardin = [a + b for a, b in zip(howe_valley.per_class.values(), sonora.per_class.values(), strict=True)]
    assert hardin == [2220, 4008, 42, 391, 2171, 1195, 7354]
    assert [region.tiles for region in result.regions] == [23566, 3726, 3726]
    assert sum(region.footprints for region in result.regions) == 12256
    assert dict(result.subsets) == {"train": 8416, "val": 768, "test_id": 1536, "test_cd": 1536}


def test_the_smoke_set_is_a_version_of_its_own(tmp_path: Path) -> None:
    result, rows = read(need(DATA / "earthscape-v1.1" / "smoke"), tmp_path / "out")
    assert result.version == "earthscape-v1.1-smoke"
    assert len(rows) == 28
    assert result.notes == ("smoke_stats.csv: statistics over more than one region are not read",)


MEASURED = """
import sys
from pathlib import Path
from workers.records.progress import ignore_progress
from workers.tiles.importing import read_dataset
read_dataset({"folder": sys.argv[1]}, Path(sys.argv[2]), ignore_progress)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_reading_the_published_dataset_takes_little_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MEASURED, str(need(PUBLISHED)), str(tmp_path)]
    kilobytes = int(subprocess.check_output(command, timeout=60))
    assert kilobytes < 120 * 1024
