"""POST /api/v1/runs"""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, Visibility
from apps.experiments.models import Run
from apps.regions.models import Region
from apps.splits.models import Split
from tests.apps.worlds import World, make_world
from tests.conftest import Person
from workers.records.map_units import SYMBOLS

pytestmark = pytest.mark.django_db
NUMBERS = (3, 4, 5, 6, 7, 8)  # validation, test in domain, test cross domain
SPECIFICATION = {
    "name": "mine",
    "split": "hills",
    "network": "own forest",
    "channels": ["dem"],
    "seed": 7,
    "note": {"trees": 500},
}


@pytest.fixture
def world(db: None, store: Path) -> World:
    return make_world()


def table(numbers: Sequence[int] = NUMBERS) -> list[dict[str, Any]]:
    """Qal is certain of odd tiles but for 7, where it says 0.3; the others say 0.4 everywhere."""
    rows = []
    for number in numbers:
        row: dict[str, Any] = {"patch_id": f"hills_256_50_{number}", **dict.fromkeys(SYMBOLS, 0.4)}
        rows.append(row | {"Qal": 0.3 if number == 7 else 0.9 if number % 2 else 0.1})
    return rows


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    lines = [",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


def as_parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer)
    return buffer.getvalue()


def upload(client: APIClient, content: bytes | str, *, specification: Any = SPECIFICATION, **fields: str) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    text = specification if isinstance(specification, str) else json.dumps(specification)
    body = {"specification": text, "predictions": SimpleUploadedFile("x.bin", raw), **fields}
    return client.post("/api/v1/runs/", body, format="multipart")


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_an_uploaded_run_joins_the_comparison(researcher: Person, world: World, write: Any) -> None:
    answer = upload(researcher.client, write(table()))
    assert answer.status_code == 201, answer.content
    run = answer.json()
    assert (run["origin"], run["visibility"], run["split"]) == ("uploaded", "private", "hills")
    assert run["specification"]["note"] == {"trees": 500}
    rows = researcher.client.get("/api/v1/compare?runs=mine&domain=in").json()["rows"]
    qal = next(row for row in rows if row["class"] == "Qal")
    assert (qal["f1"], qal["support"], qal["threshold"]) == (1.0, 1, 0.9)
    qaf = next(row for row in rows if row["class"] == "Qaf")
    assert (qaf["f1"], qaf["support"]) == (None, 0)


def test_thresholds_come_from_validation_if_it_is_there(researcher: Person, world: World) -> None:
    run = upload(researcher.client, as_csv(table())).json()
    assert run["thresholds"]["Qal"] == 0.9
    assert run["specification"]["thresholds_from"] == "validation"
    assert len(run["evaluations"]) == 3


def test_without_validation_a_half_is_yes(researcher: Person, world: World) -> None:
    run = upload(researcher.client, as_csv(table((5, 6)))).json()
    assert (run["thresholds"]["Qal"], run["specification"]["thresholds_from"]) == (0.5, "none given: 0.5")


def test_thresholds_of_the_specification_are_taken(researcher: Person, world: World) -> None:
    given = SPECIFICATION | {"thresholds": dict.fromkeys(SYMBOLS, 0.25)}
    upload(researcher.client, as_csv(table((7, 8))), specification=given)
    rows = researcher.client.get("/api/v1/compare?runs=mine&domain=cross").json()["rows"]
    assert next(row["f1"] for row in rows if row["class"] == "Qal") == 1.0


def test_json_carries_the_csv_as_text(researcher: Person, world: World) -> None:
    body = {"specification": SPECIFICATION, "predictions": as_csv(table((5, 6))), "visibility": "public"}
    answer = researcher.client.post("/api/v1/runs", body, format="json")
    assert (answer.status_code, answer.json()["visibility"]) == (201, "public")


def test_yaml_is_a_specification_too(researcher: Person, world: World) -> None:
    text = "name: mine\nsplit: hills\nchannels: [dem, s_50]\n"
    assert upload(researcher.client, as_csv(table((5, 6))), specification=text).json()["channels"] == ["dem", "s_50"]


def test_predictions_are_kept_by_tile_and_in_the_store(researcher: Person, world: World, store: Path) -> None:
    upload(researcher.client, as_csv(table()))
    run = Run.objects.get(name="mine")
    evaluation = run.evaluations.get(subset="test_id")
    assert evaluation.predictions.get(tile=world.tiles[4]).probabilities == [0.4, 0.9, 0.4, 0.4, 0.4, 0.4, 0.4]
    assert (store / evaluation.predictions_path).read_text().splitlines()[0] == "tile," + ",".join(SYMBOLS)
    assert (run.owner, AuditEntry.objects.get(action="run.uploaded").target_id) == (researcher.user, str(run.pk))


def broken(change: dict[str, Any]) -> str:
    rows = table((5, 6))
    rows[1] = rows[1] | change
    return as_csv(rows)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (broken({"Qc": "high"}), "predictions, row 3, column Qc: 'high' is not a probability from 0 to 1"),
        (broken({"Qc": 1.5}), "row 3, column Qc"),
        (broken({"Qc": "nan"}), "row 3, column Qc"),
        (broken({"patch_id": "hills_256_50_5"}), "row 3, column patch_id: hills_256_50_5 is there twice"),
        (as_csv(table((5,))), "1 of the 2 tiles of test_id are missing: hills_256_50_6"),
        (as_csv(table((5, 6, 77))), "1 tiles are not in the split hills: hills_256_50_77"),
        (as_csv(table((3, 4))), "none of the tiles of test_id or test_cd"),
        (as_csv(table((5, 6))).replace("Qaf", "Qxx"), "column Qaf: missing"),
        (as_csv([row | {"extra": 1} for row in table((5, 6))]), "column extra: unknown"),
        (as_csv(table((5, 6))) + "1,2\n", "row 4: 2 cells, not 8"),
        ("patch_id,af1,Qal,Qaf,Qat,Qc,Qca,Qr\n", "no rows"),
        (b"PAR1" + b"x" * 100, "a Parquet file that cannot be read"),
        (b"\xff\xfe\x00\x01", "neither Parquet nor text"),
        (b"patch_id\x00", "NUL"),
        ("patch_id," + '"' + "x" * 200_000 + '"', "not CSV"),
        (as_parquet([{**row, "patch_id": 5} for row in table((5,))]), "column patch_id: not a column of text"),
        (as_parquet([{**row, "Qc": "a"} for row in table((5,))]), "column Qc: not a column of numbers"),
        (as_parquet([{**row, "patch_id": "x" * 100} for row in table((5,))]), "longer than 60 characters"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else None,
)
def test_a_broken_table_changes_nothing_and_says_where(
    researcher: Person, world: World, content: bytes | str, said: str
) -> None:
    answer = upload(researcher.client, content)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert said in answer.json()["detail"]
    assert not Run.objects.filter(name="mine").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"name": "12"},
        {"name": "a,b"},
        {"name": "x" * 161},
        {"name": "a\x00b"},
        {"label_revision": "other"},
        {"thresholds": {"Qal": 0.5}},
        {"thresholds": {"Qal": 2}},
        {"channels": "dem"},
        {"seed": 2**70},
        {"note": "a\x00b"},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["multipart", "json"])
def test_a_wrong_specification_is_refused(researcher: Person, world: World, change: dict[str, Any], form: str) -> None:
    content, specification = as_csv(table((5, 6))), SPECIFICATION | change
    if form == "json":
        body = {"specification": specification, "predictions": content}
        answer = researcher.client.post("/api/v1/runs", body, format="json")
    else:
        answer = upload(researcher.client, content, specification=specification)
    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize(
    "text", ["[" * 60_000, "a: &x [1]\nb: *x", "x: " + "9" * 5000, "just text", "d: 2020-01-01", "{"]
)
def test_text_that_is_no_specification_is_refused(researcher: Person, world: World, text: str) -> None:
    assert upload(researcher.client, as_csv(table((5, 6))), specification=text).status_code == 400


def test_a_taken_name_is_a_conflict(researcher: Person, world: World) -> None:
    upload(researcher.client, as_csv(table((5, 6))))
    assert upload(researcher.client, as_csv(table((5, 6)))).status_code == 409


def test_an_unknown_or_invisible_split_is_404(researcher: Person, world: World) -> None:
    Split.objects.update(visibility=Visibility.PRIVATE)
    assert upload(researcher.client, as_csv(table((5, 6)))).status_code == 404


def test_labels_of_a_private_region_cannot_be_probed(researcher: Person, world: World) -> None:
    Region.objects.update(visibility=Visibility.PRIVATE)
    world.split.shared_with.add(researcher.user)
    answer = upload(researcher.client, as_csv(table((5, 6))))
    assert (answer.status_code, "may not see" in answer.json()["detail"]) == (400, True)


def test_who_may_upload(anonymous: APIClient, viewer: Person, world: World) -> None:
    assert upload(anonymous, as_csv(table())).status_code == 401
    assert upload(viewer.client, as_csv(table())).status_code == 403


def test_an_upload_that_is_too_large_is_refused(researcher: Person, world: World) -> None:
    assert upload(researcher.client, b"x" * (17 * 2**20)).status_code == 413


def test_owner_and_origin_cannot_be_assigned(researcher: Person, curator: Person, world: World) -> None:
    fields = {"owner": str(curator.user.pk), "origin": "published"}
    run = upload(researcher.client, as_csv(table((5, 6))), **fields).json()
    assert (run["origin"], Run.objects.get(pk=run["id"]).owner) == ("uploaded", researcher.user)


def test_a_run_is_not_shown_to_more_people_than_its_split(researcher: Person, world: World) -> None:
    Split.objects.update(visibility=Visibility.PRIVATE, owner=researcher.user)
    answer = upload(researcher.client, as_csv(table()), visibility="public")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "visibility: The split is private: the run cannot be public."
    assert not Run.objects.filter(name="mine").exists()
