import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from apps.accounts.models import Visibility
from apps.jobs.models import Job, JobState
from apps.jobs.running import run_inline
from apps.regions.models import Channel, Region, RegionRaster
from apps.splits.importing import record_dataset
from apps.splits.models import Split, SplitMember
from apps.tiles.models import ChannelNorm, DatasetVersion, Tile, TileLabels
from tests.conftest import Person
from tests.workers.tiles.small_dataset import WARREN, collection, first_version, square, table, write
from workers.errors import Conflict, UnsafeInput
from workers.records.codec import dumps
from workers.records.progress import ignore_progress
from workers.tiles.importing import read_dataset

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "earthscape-v1.0"

HELD = {
    "warren": [8690, 14793, 228, 1044, 11597, 6474, 21917],
    "hardin": [2220, 4008, 42, 391, 2171, 1195, 7354],
}

pytestmark = pytest.mark.django_db


def import_folder(source: Path, out: Path) -> dict[str, Any]:
    """Read and record as a worker does, without its process."""
    out.mkdir(exist_ok=True)
    result = json.loads(dumps(read_dataset({"folder": str(source)}, out, ignore_progress)))
    return record_dataset(Job(), out, result)


def test_regions_tiles_and_labels_are_stored(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    assert list(Region.objects.order_by("slug").values_list("slug", "area", "visibility", "origin")) == [
        ("howe-valley", "hardin", "public", "published"),
        ("sonora", "hardin", "public", "published"),
        ("warren", "warren", "public", "published"),
    ]
    tile = Tile.objects.get(patch_id="256_50_3")
    assert tile.bounds == [4671053.25, 3567638.5, 4672333.25, 3568918.5]
    assert (tile.number, tile.col, tile.row, tile.size) == (3, 1024, 256, 256)
    labels = TileLabels.objects.get(tile=tile)
    assert (labels.areas, labels.present) == ([0.25, 0, 0, 0, 0, 0, 0.75], [0, 6])


def test_the_grid_spans_the_footprints(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    grid = Region.objects.get(slug="warren").grid
    assert grid is not None
    assert grid.bounds == (4665933.25, 3567638.5, 4672333.25, 3570198.5)
    boundary = Region.objects.get(slug="warren").boundary
    assert boundary is not None
    assert boundary.num_geom == 3


def test_a_footprint_lies_in_kentucky(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    footprint = Tile.objects.get(patch_id="256_50_1").footprint
    assert footprint is not None
    west, south, east, north = footprint.transform(4326, clone=True).extent
    assert (round(west, 3), round(south, 3), round(east, 3), round(north, 3)) == (-86.626, 37.121, -86.621, 37.125)


def test_a_tile_without_geometry_has_no_footprint_and_no_window(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    tile = Tile.objects.get(patch_id="sonora_256_50_2")
    assert (tile.footprint, tile.bounds, tile.col, tile.row) == (None, None, None, None)


def test_the_split_has_its_four_subsets(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    split = Split.objects.get(name="earthscape-v1.0")
    assert split.sizes == {"train": 1, "val": 1, "test_id": 1, "test_cd": 3}
    assert split.visibility == Visibility.PUBLIC
    members = SplitMember.objects.filter(split=split).order_by("tile__pk")
    assert members.values_list("tile__patch_id", "subset")[0] == ("256_50_1", "train")


def test_the_planner_knows_at_once_how_much_there_is(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname IN ('tiles_tile', 'tiles_tilelabels')")
        assert cursor.fetchall() == [(6.0,), (6.0,)]


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    source = first_version(tmp_path / "in")
    first = import_folder(source, tmp_path / "out")
    before = Region.objects.get(slug="warren").updated_at
    second = import_folder(source, tmp_path / "again")
    changes = ("tiles_created", "tiles_updated", "labels_created", "labels_updated", "norms_changed", "members_changed")
    assert [first[name] for name in changes] == [6, 0, 6, 0, 3, 6]
    assert [second[name] for name in changes] == [0] * 6
    assert Region.objects.get(slug="warren").updated_at == before


def test_a_changed_file_is_an_update(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    changed = {
        "warren/areas.csv": table(WARREN, "0.5,0,0,0,0,0,0.5"),
        "warren/image_stats.csv": "path,mean,std\nslope_50.tif,1.75,0.5\n",
        "splits/warren_patches_val.geojson": collection({}),
    }
    result = import_folder(first_version(tmp_path / "in", changed), tmp_path / "again")
    assert (result["tiles_updated"], result["labels_updated"]) == (0, 3)
    assert (result["norms_changed"], result["members_changed"]) == (1, 1)
    assert TileLabels.objects.get(tile__patch_id="256_50_1").areas[0] == 0.5
    assert Split.objects.get().sizes["val"] == 0


def test_a_geometry_once_known_is_not_forgotten(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    changed = {"splits/warren_patches_train.geojson": collection({"256_50_1": None})}
    import_folder(first_version(tmp_path / "in", changed), tmp_path / "again")
    tile = Tile.objects.get(patch_id="256_50_1")
    assert (tile.col, tile.row, tile.bounds) == (0, 0, [4665933.25, 3568918.5, 4667213.25, 3570198.5])
    assert tile.footprint is not None


def test_a_published_tile_does_not_move(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    changed = {"splits/warren_patches_train.geojson": collection({"256_50_1": square(-2)})}
    told = "elsewhere on the ground: 256_50_1. A tile .* check that the folder is the one that was published"
    with pytest.raises(Conflict, match=told):
        import_folder(first_version(tmp_path / "in", changed), tmp_path / "again")
    assert Tile.objects.get(patch_id="256_50_1").bounds == [4665933.25, 3568918.5, 4667213.25, 3570198.5]


def test_what_a_curator_said_of_a_tile_stays(tmp_path: Path) -> None:
    source = first_version(tmp_path / "in")
    import_folder(source, tmp_path / "out")
    Tile.objects.filter(patch_id="256_50_1").update(valid=False, validity_note="clouds", number=9)
    import_folder(source, tmp_path / "again")
    tile = Tile.objects.get(patch_id="256_50_1")
    assert (tile.valid, tile.validity_note, tile.number) == (False, "clouds", 1)


def archive(folder: Path, column: int, row: int) -> Path:
    files = {
        "areas.csv": table(["256_50_1"], "0,0,0,0,0,0,1"),
        "labels.csv": table(["256_50_1"], "0,0,0,0,0,0,1"),
        "locations.geojson": collection({"256_50_1": square(column, row)}),
    }
    write(folder / "earthscape_warren_bristow", files)
    return folder


def test_versions_live_side_by_side_on_a_grid_that_grows(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    import_folder(archive(tmp_path / "archive", -2, -1), tmp_path / "again")
    windows = Tile.objects.filter(patch_id="256_50_1").order_by("dataset_version__slug")
    assert list(windows.values_list("dataset_version__slug", "col", "row")) == [
        ("earthscape-v1.0", 256, 128),
        ("earthscape-v1.0.1", 0, 0),
    ]
    assert Tile.objects.filter(region__slug="warren").count() == 4


def test_a_region_with_rasters_keeps_its_grid(tmp_path: Path) -> None:
    import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    region = Region.objects.get(slug="warren")
    RegionRaster.objects.create(
        region=region, channel=Channel.objects.get(name="dem"), size=1, display_size=1, display_low=0, display_high=1,
        statistics={},
    )  # fmt: skip
    result = import_folder(archive(tmp_path / "archive", -2, -1), tmp_path / "again")
    assert result["off_the_grid"] == 1
    assert Region.objects.get(slug="warren").grid == region.grid
    assert Tile.objects.get(dataset_version__slug="earthscape-v1.0.1").col is None


def test_a_name_taken_by_a_private_region_is_refused(tmp_path: Path, researcher: Person) -> None:
    Region.objects.create(
        slug="warren", name="Mine", area="mine", origin="processed", crs="EPSG:3089", owner=researcher.user
    )
    with pytest.raises(Conflict, match="warren"):
        import_folder(first_version(tmp_path / "in"), tmp_path / "out")
    assert not Tile.objects.exists()


def test_a_folder_outside_the_roots_is_refused(tmp_path: Path, settings: Settings, researcher: Person) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path / "imports"]
    with pytest.raises(UnsafeInput, match="imports"):
        run_inline(kind="import-dataset", params={"folder": "/etc"}, owner=researcher.user)


def test_the_interface_refuses_a_folder_outside_the_roots(
    tmp_path: Path, settings: Settings, researcher: Person
) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path / "imports"]
    job = {"kind": "import-dataset", "params": {"folder": str(tmp_path)}}
    response = researcher.client.post("/api/v1/jobs/", job, format="json")
    assert response.status_code == 400
    assert "EARTHSCAPE_IMPORT_ROOTS" in response.json()["detail"]
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broken_file_changes_nothing(tmp_path: Path, store: Path, settings: Settings, researcher: Person) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path]
    source = first_version(tmp_path / "in", {"hardin/labels.csv": table(["hv_256_50_1"], "0,1,0,0,0,0,7")})
    job = run_inline(kind="import-dataset", params={"folder": str(source)}, owner=researcher.user)
    assert job.state == JobState.FAILED
    assert job.error.endswith("hardin/labels.csv, row 2, column Qr: label 7 is neither 0 nor 1")
    assert not Region.objects.exists()
    assert not DatasetVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_store_one_dataset(tmp_path: Path) -> None:
    source = first_version(tmp_path / "in")
    created: list[int] = []

    def work(number: int) -> None:
        created.append(import_folder(source, tmp_path / f"out{number}")["tiles_created"])
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(created) == [0, 6]
    assert (Tile.objects.count(), TileLabels.objects.count()) == (6, 6)


@pytest.mark.django_db(transaction=True)
def test_the_command_reads_any_folder_and_prints_counts(
    tmp_path: Path, store: Path, administrator: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_dataset", first_version(tmp_path / "in"))
    printed = capsys.readouterr().out
    assert "earthscape-v1.0: 6 tiles, 5 with a footprint" in printed
    assert "  warren: 3 tiles (0 without geometry); af1 3, Qal 0, Qaf 0, Qat 0, Qc 0, Qca 0, Qr 3" in printed
    assert "  split: train 1, val 1, test_id 1, test_cd 3" in printed


def test_the_command_needs_an_administrator(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no administrator yet"):
        call_command("import_dataset", first_version(tmp_path / "in"))


def test_the_published_dataset_is_stored_as_documented(tmp_path: Path) -> None:
    if not PUBLISHED.is_dir():
        pytest.skip(f"{PUBLISHED} is not here")
    result = import_folder(PUBLISHED, tmp_path / "out")
    assert (result["tiles_created"], result["off_the_grid"]) == (31018, 0)
    assert Tile.objects.filter(footprint__isnull=False, col__isnull=False).count() == 12256
    assert Split.objects.get().checksum == "2a8ef5361fac13945a221382b969a42b43f8f12651c502ee508eb23febaf0fc6"
    assert SplitMember.objects.filter(subset="test_cd").count() == 1536
    for area, counts in HELD.items():
        held = TileLabels.objects.filter(tile__region__area=area)
        assert [held.filter(present__contains=[i]).count() for i in range(7)] == counts
    again = import_folder(PUBLISHED, tmp_path / "again")
    assert [again[name] for name in ("tiles_created", "tiles_updated", "labels_updated", "members_changed")] == [0] * 4
    assert ChannelNorm.objects.count() == 35 + 38 + 50
