"""A tile that something refers to stays where it is, whatever is processed again."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from apps.accounts.models import User
from apps.experiments.models import Evaluation, Run, TilePrediction
from apps.regions.models import Region
from apps.splits.making import record_split
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels
from tests.apps.tiles.processed import GRID, TILES, make_job, specification
from tests.apps.tiles.test_processing import process
from tests.conftest import Person, wait_for
from workers.errors import Conflict

pytestmark = pytest.mark.django_db

SHIFTED = replace(GRID, origin_x=GRID.origin_x + 640)
FIELDS = ("pk", "patch_id", "bounds", "col", "row")


@pytest.fixture
def source(store: Path, settings: Settings) -> Path:
    settings.EARTHSCAPE_IMPORT_ROOTS = [store.parent / "imports"]
    (store / "sources").mkdir()
    (store / "sources" / "dem.tif").write_bytes(b"raster")
    return store / "sources" / "dem.tif"


@pytest.fixture
def params(source: Path, store: Path, researcher: Person) -> dict[str, Any]:
    """Those of a region that was processed once."""
    params = {"specification": specification(source)}
    process(researcher.user, store, params)
    return params


def make_split(name: str = "hollow-split") -> Split:
    version = DatasetVersion.objects.get(slug="hollow")
    split = Split.objects.create(name=name, dataset_version=version, checksum="")
    for tile in version.tiles.all():
        SplitMember.objects.create(split=split, tile=tile, subset=Subset.TRAIN)
    split.note_members()
    return split


def places(version: str = "hollow") -> list[tuple[Any, ...]]:
    return list(Tile.objects.filter(dataset_version__slug=version).order_by("pk").values_list(*FIELDS))


def test_tiles_of_a_split_do_not_move(params: dict[str, Any], store: Path, researcher: Person) -> None:
    split, before = make_split(), places()
    with pytest.raises(Conflict) as refused:
        process(researcher.user, store, params, grid=SHIFTED)
    assert str(refused.value) == (
        "Tiles of Hollow in hollow would lie elsewhere on the ground: a_256_50_1, a_256_50_2 and 1 more. A tile that "
        "splits, predictions or curators refer to keeps its place: give the region another slug and another dataset "
        "version, and both stand side by side."
    )
    assert places() == before
    assert Region.objects.get().grid == GRID
    assert list(split.members.order_by("pk").values_list("tile", flat=True)) == [row[0] for row in before]


def test_another_slug_and_dataset_version_stand_beside(
    params: dict[str, Any], source: Path, store: Path, researcher: Person
) -> None:
    make_split()
    before = places()
    beside = {"specification": specification(source, slug="hollow-east"), "dataset_version": "hollow-east"}
    assert process(researcher.user, store, beside, grid=SHIFTED)["tiles_created"] == 3
    assert places() == before
    assert [bounds[0] for _, _, bounds, _, _ in places("hollow-east")] == [4_700_640.0, 4_700_640.0, 4_701_280.0]


def test_a_prediction_holds_a_tile(params: dict[str, Any], store: Path, researcher: Person) -> None:
    run = Run.objects.create(name="run", origin="uploaded")
    evaluation = Evaluation.objects.create(run=run, subset="train", domain="in", tile_count=1)
    tile = Tile.objects.get(patch_id="a_256_50_2")
    TilePrediction.objects.create(evaluation=evaluation, tile=tile, probabilities=[0.5])
    with pytest.raises(Conflict, match=r"elsewhere on the ground: a_256_50_2\. A tile"):
        process(researcher.user, store, params, grid=SHIFTED)


def test_what_a_curator_said_holds_a_tile(params: dict[str, Any], store: Path, researcher: Person) -> None:
    tile = Tile.objects.get(patch_id="a_256_50_3")
    tile.valid, tile.validity_note = False, "clouds"
    tile.save()
    with pytest.raises(Conflict, match=r"elsewhere on the ground: a_256_50_3\. A tile"):
        process(researcher.user, store, params, grid=SHIFTED)


def test_tiles_that_nothing_refers_to_are_replaced_by_new_ones(
    params: dict[str, Any], store: Path, researcher: Person
) -> None:
    before = {pk for pk, *_ in places()}
    result = process(researcher.user, store, params, grid=SHIFTED)
    assert [result[f"tiles_{what}"] for what in ("created", "updated", "replaced")] == [3, 0, 3]
    assert before.isdisjoint(pk for pk, *_ in places())
    assert [bounds[0] for _, _, bounds, _, _ in places()] == [4_700_640.0, 4_700_640.0, 4_701_280.0]
    assert TileLabels.objects.count() == 3


def test_a_place_stays_to_the_last_digit(params: dict[str, Any], store: Path, researcher: Person) -> None:
    make_split()
    before = places()
    process(researcher.user, store, params, grid=replace(GRID, origin_x=GRID.origin_x + 0.45))
    assert places() == before
    grown, moved = (
        replace(GRID, origin_x=GRID.origin_x - 639.55, width=640),
        [(i, col + 128, row) for i, col, row in TILES],
    )
    process(researcher.user, store, params, grid=grown, tiles=tuple(moved))
    assert places() == [(pk, patch_id, bounds, col + 128, row) for pk, patch_id, bounds, col, row in before]
    process(researcher.user, store, params)
    with pytest.raises(Conflict, match="elsewhere on the ground"):
        process(researcher.user, store, params, grid=replace(GRID, origin_x=GRID.origin_x + 0.55))


def test_smaller_tiles_with_the_same_ids_are_refused(
    params: dict[str, Any], source: Path, store: Path, researcher: Person
) -> None:
    make_split()
    smaller = specification(source, tiles={"prefix": "a_", "size": 128, "step": 128})
    with pytest.raises(Conflict, match="elsewhere on the ground"):
        process(researcher.user, store, {"specification": smaller})


def test_tiles_of_another_version_keep_their_ground_on_a_grid_that_grew(
    params: dict[str, Any], store: Path, researcher: Person
) -> None:
    make_split()
    before = {patch_id: bounds for _, patch_id, bounds, _, _ in places()}
    grown = replace(GRID, origin_x=GRID.origin_x - 640, width=GRID.width + 128)
    process(researcher.user, store, params | {"dataset_version": "second"}, grid=grown)
    assert {patch_id: bounds for _, patch_id, bounds, _, _ in places()} == before
    assert [(col, row) for *_, col, row in places()] == [(128, 256), (128, 128), (256, 256)]


def test_tiles_of_another_version_do_not_lose_their_grid(
    params: dict[str, Any], store: Path, researcher: Person
) -> None:
    make_split()
    off = replace(GRID, origin_x=GRID.origin_x + 2)
    with pytest.raises(Conflict, match="Tiles of Hollow in hollow would lie off its new grid: a_256_50_1, a_256_50_2"):
        process(researcher.user, store, params | {"dataset_version": "second"}, grid=off)
    Split.objects.all().delete()
    result = process(researcher.user, store, params | {"dataset_version": "second"}, grid=off)
    assert result["tiles_off_the_grid"] == 3
    assert [(col, row) for *_, col, row in places()] == [(None, None)] * 3


def test_a_tile_of_a_split_that_is_made_no_more_needs_the_grid(
    params: dict[str, Any], store: Path, researcher: Person
) -> None:
    make_split()
    assert process(researcher.user, store, params, tiles=TILES[:2])["tiles_left_out"] == 1
    with pytest.raises(Conflict, match=r"off its new grid: a_256_50_3\. A tile"):
        process(researcher.user, store, params, tiles=TILES[:2], grid=replace(GRID, width=300))


def test_tiles_of_a_split_keep_their_crs(params: dict[str, Any], store: Path, researcher: Person) -> None:
    make_split()
    other = replace(GRID, crs="EPSG:2246", origin_x=1_500_000.0, origin_y=300_000.0)
    told = r"lie in EPSG:3089 and would have no place in EPSG:2246: a_256_50_1, a_256_50_2 and 1 more"
    for version in ("hollow", "second"):
        with pytest.raises(Conflict, match=told):
            process(researcher.user, store, params | {"dataset_version": version}, tiles=TILES[:2], grid=other)
    Split.objects.all().delete()
    with pytest.raises(Conflict, match=told):
        process(researcher.user, store, params | {"dataset_version": "second"}, grid=other)
    result = process(researcher.user, store, params, tiles=TILES[:2], grid=other)
    assert (result["tiles_created"], Tile.objects.count()) == (2, 2)


def test_another_way_to_write_the_crs_is_the_same_one(params: dict[str, Any], store: Path, researcher: Person) -> None:
    make_split()
    before = places()
    process(researcher.user, store, params, grid=replace(GRID, crs="epsg:3089"))
    assert places() == before


def test_labels_that_change_under_runs_are_told(params: dict[str, Any], store: Path, researcher: Person) -> None:
    TileLabels.objects.filter(tile__number__lt=3).update(areas=[0, 0, 0, 0, 0, 0, 1])
    assert process(researcher.user, store, params)["notes"] == ["a note"]
    revision = LabelRevision.objects.get()
    runs = [Run.objects.create(name=name, origin="uploaded") for name in ("one", "two")]
    Run.objects.filter(name="one").update(label_revision=revision)
    Evaluation.objects.create(run=runs[1], subset="train", domain="in", tile_count=1, label_revision=revision)
    TileLabels.objects.filter(tile__number__lt=3).update(areas=[0, 0, 0, 0, 0, 0, 1])
    assert process(researcher.user, store, params)["notes"] == [
        "a note",
        "tiles whose labels changed in hollow: 2; runs that were scored with those before: 2",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_split_that_is_being_stored_is_waited_for(params: dict[str, Any], store: Path, researcher: Person) -> None:
    told: list[str] = []

    def work() -> None:
        with pytest.raises(Conflict) as refused:
            process(researcher.user, store, params, grid=SHIFTED)
        told.append(str(refused.value))
        connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        draw_split(researcher.user, store)
        thread.start()
        wait_for(is_somebody_waiting, what="waiting for the split")
    thread.join(timeout=30)
    assert told[0].startswith("Tiles of Hollow in hollow would lie elsewhere on the ground: a_256_50_1")


def draw_split(owner: User, folder: Path) -> None:
    params = {"name": "drawn", "dataset_version": "hollow", "in_domain": ["hollow"], "cross_domain": [], "seed": 1}
    job = make_job(owner, params | {"visibility": "private"})
    lines = [f"{pk},train" for pk, *_ in places()]
    (folder / "members.csv").write_text("\n".join(["tile,subset", *lines]) + "\n")
    record_split(job, folder, {"members": "members.csv", "checksum": "", "sizes": {"train": 3}, "dropped": 0})


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the same activity all along
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND query LIKE '%regions_region%FOR UPDATE%'"
        )
        return cursor.fetchone() is not None
