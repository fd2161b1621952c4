"""GET /api/v1/compare"""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.experiments.models import ClassScore, Run
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db
KEYS = [
    "run",
    "class",
    "f1",
    "precision",
    "recall",
    "ap",
    "auroc",
    "accuracy",
    "threshold",
    "support",
    "interval",
    "skill",
]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_rows_are_classes_of_runs_with_numbers_as_stored(anonymous: APIClient, world: World) -> None:
    ClassScore.objects.filter(map_unit__symbol="Qc", evaluation__domain="cross").update(f1=0.6792738275340393)
    answer = anonymous.get("/api/v1/compare?runs=hills-run&domain=cross").json()
    assert list(answer) == ["domain", "rows"]
    assert [row["class"] for row in answer["rows"]] == ["af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr"]
    assert sorted(answer["rows"][4]) == sorted(KEYS)
    assert answer["rows"][4]["f1"] == 0.6792738275340393
    assert answer["rows"][4]["run"] == {"id": world.run.pk, "name": "hills-run"}
    assert (answer["rows"][4]["interval"], answer["rows"][4]["support"]) == (None, 1)


def test_ids_and_names_mix(anonymous: APIClient, world: World) -> None:
    other = make_world("plains")
    rows = anonymous.get(f"/api/v1/compare/?runs={other.run.pk},hills-run&domain=in").json()["rows"]
    assert [row["run"]["name"] for row in rows] == ["plains-run"] * 7 + ["hills-run"] * 7


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("domain=in", "runs"),
        ("runs=,", "runs"),
        ("runs=hills-run&domain=far", "domain"),
        ("runs=hills-run&sort=f1", "sort"),
    ],
)
def test_wrong_parameters_are_refused_by_name(anonymous: APIClient, world: World, query: str, parameter: str) -> None:
    answer = anonymous.get(f"/api/v1/compare?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [parameter])


def test_an_unknown_or_private_run_is_named(anonymous: APIClient, world: World) -> None:
    Run.objects.update(visibility=Visibility.PRIVATE)
    for name in ("hills-run", "other"):
        answer = anonymous.get(f"/api/v1/compare?runs={name}")
        assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no run {name}.")


def test_post_is_not_allowed(researcher: Person, world: World) -> None:
    assert researcher.client.post("/api/v1/compare").status_code == 405


def test_three_queries(anonymous: APIClient, world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        anonymous.get("/api/v1/compare?runs=hills-run&domain=in")
