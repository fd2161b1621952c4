"""GET /api/v1/evaluations"""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.experiments.models import ClassScore, Run
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_an_evaluation_has_scores_by_class(anonymous: APIClient, world: World) -> None:
    first, second = anonymous.get("/api/v1/evaluations").json()["results"]
    assert (first["subset"], first["domain"], second["subset"]) == ("test_id", "in", "test_cd")
    assert first["run"] == {"id": world.run.pk, "name": "hills-run"}
    assert first["class_scores"][1]["map_unit"] == "Qal"
    assert first["class_scores"][1]["f1"] == 2 / 3


def test_a_class_score_over_pixels_has_its_iou_and_details(anonymous: APIClient, world: World) -> None:
    ClassScore.objects.filter(evaluation__domain="in").update(iou=0.625, details={"tp": 6189999.0, "mean_hd": None})
    first, second = anonymous.get("/api/v1/evaluations").json()["results"]
    assert first["class_scores"][1]["iou"] == 0.625
    assert first["class_scores"][1]["details"] == {"tp": 6189999.0, "mean_hd": None}
    assert (second["class_scores"][1]["iou"], second["class_scores"][1]["details"]) == (None, {})


@pytest.mark.parametrize(
    ("query", "count"),
    [("run=hills-run", 2), ("domain=cross", 1), ("subset=val", 0), ("run=hills-run&subset=test_id", 1)],
)
def test_filters(anonymous: APIClient, world: World, query: str, count: int) -> None:
    assert len(anonymous.get(f"/api/v1/evaluations?{query}").json()["results"]) == count


@pytest.mark.parametrize("query", ["run=none", "domain=far", "subset=all", "split__owner=1"])
def test_wrong_filters_are_refused(anonymous: APIClient, world: World, query: str) -> None:
    assert anonymous.get(f"/api/v1/evaluations?{query}").status_code == 400


def test_missing_object_wrong_method(anonymous: APIClient, researcher: Person, world: World) -> None:
    assert anonymous.get("/api/v1/evaluations/0").status_code == 404
    assert researcher.client.post("/api/v1/evaluations", {}).status_code == 405


def test_evaluations_of_a_private_run_are_hidden(anonymous: APIClient, world: World) -> None:
    Run.objects.update(visibility=Visibility.PRIVATE)
    assert anonymous.get("/api/v1/evaluations").json()["results"] == []
    assert anonymous.get(f"/api/v1/evaluations/{world.run.evaluations.get(domain='in').pk}").status_code == 404


def test_two_queries(anonymous: APIClient, world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        anonymous.get("/api/v1/evaluations")
