from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Visibility
from apps.annotations.models import MapUnit
from apps.experiments.comparison import compare_rows
from apps.experiments.models import ClassScore, Domain, Evaluation, Run
from tests.apps.worlds import make_catalogue
from tests.conftest import Person
from workers.errors import InvalidInput, NotFound

QC: dict[str, Any] = {  # rnx50_02 on Hardin, as published
    "threshold": 0.48,
    "support": 456,
    "predicted": 866,
    "precision": 0.5184757505773672,
    "recall": 0.9846491228070176,
    "f1": 0.6792738275340393,
    "ap": 0.9002879020573586,
    "auroc": 0.956840886939571,
    "accuracy": 0.7239583333333334,
}


def make_run(
    name: str,
    *,
    tiles: int = 1536,
    visibility: str = Visibility.PUBLIC,
    task: str = "classification",
    **changes: Any,
) -> Run:
    make_catalogue()
    run = Run.objects.create(name=name, origin=Run.Origin.PUBLISHED, visibility=visibility, task=task)
    evaluation = Evaluation.objects.create(run=run, subset="test_cd", domain=Domain.CROSS, tile_count=tiles)
    ClassScore.objects.create(evaluation=evaluation, map_unit=MapUnit.objects.get(symbol="Qc"), **{**QC, **changes})
    return run


def rows(*runs: str, domain: str = "cross", user: Any = None) -> list[dict[str, Any]]:
    return compare_rows(runs=runs, domain=domain, user=user or AnonymousUser())


def test_a_published_score_is_given_as_it_was_stored(db: None) -> None:
    run = make_run("rnx50_02")
    row = rows("rnx50_02")[0]
    assert (row["run"], row["class"], row["f1"]) == ({"id": run.pk, "name": "rnx50_02"}, "Qc", 0.6792738275340393)
    assert list(row) == [
        "run", "class", "f1", "precision", "recall", "ap", "auroc", "accuracy", "threshold", "support", "interval",
        "skill",
    ]  # fmt: skip
    assert row["interval"] is None
    assert row["skill"] == pytest.approx((0.6792738275340393 - 912 / 1992) / (1 - 912 / 1992))


def test_yes_to_every_class_stands_beside_the_runs(db: None) -> None:
    make_run("rnx50_02")
    floor = rows("rnx50_02")[-1]
    assert floor["run"] == {"id": None, "name": "yes to every class"}
    assert (floor["f1"], floor["precision"], floor["recall"], floor["auroc"]) == (912 / 1992, 456 / 1536, 1.0, 0.5)
    assert (floor["support"], floor["skill"]) == (456, 0.0)


def test_runs_stand_in_the_order_asked_for_each_once_by_name_or_id(db: None) -> None:
    first, second = make_run("first"), make_run("second")
    named = [row["run"]["name"] for row in rows("second", str(first.pk), str(second.pk))]
    assert named == ["second", "first", "yes to every class"]


def test_runs_on_other_test_tiles_have_a_floor_of_their_own(db: None) -> None:
    make_run("first")
    make_run("second", tiles=1000)
    names = [row["run"]["name"] for row in rows("first", "second")]
    assert names[2:] == ["yes to every class, test tiles 1", "yes to every class, test tiles 2"]


def test_an_undefined_score_has_no_skill_and_a_contradiction_no_floor(db: None) -> None:
    make_run("absent", support=0, f1=None)
    make_run("wrong", support=2000)
    found = {row["run"]["name"]: row for row in rows("absent", "wrong")}
    assert (found["absent"]["f1"], found["absent"]["skill"]) == (None, None)
    assert (found["wrong"]["f1"], found["wrong"]["skill"]) == (0.6792738275340393, None)


def test_scores_over_pixels_have_no_skill_and_no_floor(db: None) -> None:
    make_run("unet", task="segmentation")
    make_run("rnx50_02")
    pixels, tiles, floor = rows("unet", "rnx50_02")
    assert (pixels["f1"], pixels["skill"]) == (0.6792738275340393, None)
    assert (tiles["run"]["name"], tiles["skill"] is not None) == ("rnx50_02", True)
    assert floor["run"]["name"] == "yes to every class"
    assert len(rows("unet")) == 1


def test_the_iou_is_given_where_it_is_asked_for(db: None) -> None:
    make_run("unet", task="segmentation", iou=0.6217596423485282)
    make_run("rnx50_02")
    found = compare_rows(runs=["unet", "rnx50_02"], domain="cross", user=AnonymousUser(), scores=("iou",))
    assert [row["iou"] for row in found] == [0.6217596423485282, None, None]


def test_the_other_domain_is_empty_and_an_unknown_one_is_refused(db: None) -> None:
    make_run("rnx50_02")
    assert rows("rnx50_02", domain="in") == []
    with pytest.raises(InvalidInput, match="domain: 'out' is not one of in, cross"):
        rows("rnx50_02", domain="out")


def test_a_run_that_is_hidden_is_as_if_it_were_not_there(db: None, researcher: Person) -> None:
    hidden = make_run("hidden", visibility=Visibility.PRIVATE)
    Run.objects.filter(pk=hidden.pk).update(owner=researcher.user)
    assert rows("hidden", user=researcher.user)[0]["run"]["name"] == "hidden"
    for word in ("hidden", str(hidden.pk), "9" * 30, "nobody"):
        with pytest.raises(NotFound, match=f"There is no run {word}"):
            rows(word)


def test_the_number_of_queries_does_not_grow(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    names = [make_run(f"run {number}").name for number in range(5)]
    with django_assert_num_queries(3):
        assert len(rows(*names)) == 6
