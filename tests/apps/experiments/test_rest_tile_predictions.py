"""GET /api/v1/tiles/{id}/predictions"""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.experiments.models import Run
from apps.regions.models import Region
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def path(world: World, position: int = 5) -> str:
    return f"/api/v1/tiles/{world.tiles[position].pk}/predictions"


def test_a_prediction_stands_beside_the_label(anonymous: APIClient, world: World) -> None:
    (prediction,) = anonymous.get(f"{path(world)}?run=hills-run").json()["results"]
    assert (prediction["subset"], prediction["domain"]) == ("test_id", "in")
    expected = {"map_unit": "Qal", "probability": 0.9, "threshold": 0.5, "predicted": True, "present": False}
    assert prediction["classes"][1] == expected


def test_the_label_is_the_one_the_run_was_scored_with(anonymous: APIClient, world: World) -> None:
    Run.objects.update(specification={"label_threshold": 0.3})
    (prediction,) = anonymous.get(path(world)).json()["results"]
    assert [entry["present"] for entry in prediction["classes"]] == [False] * 6 + [True]


def test_a_tile_without_labels_has_none_beside_its_prediction(anonymous: APIClient, world: World) -> None:
    world.tiles[5].labels.all().delete()
    (prediction,) = anonymous.get(path(world)).json()["results"]
    assert {entry["present"] for entry in prediction["classes"]} == {None}


def test_a_tile_outside_every_test_has_none(anonymous: APIClient, world: World) -> None:
    assert anonymous.get(path(world, 0)).json()["results"] == []


def test_wrong_input_missing_tile_wrong_method(anonymous: APIClient, researcher: Person, world: World) -> None:
    assert anonymous.get(f"{path(world)}?run=none").status_code == 400
    assert anonymous.get("/api/v1/tiles/0/predictions").status_code == 404
    assert researcher.client.post(path(world)).status_code == 405


def test_private_runs_and_regions_are_hidden(anonymous: APIClient, world: World) -> None:
    Run.objects.update(visibility=Visibility.PRIVATE)
    assert anonymous.get(path(world)).json()["results"] == []
    Region.objects.update(visibility=Visibility.PRIVATE)
    assert anonymous.get(path(world)).status_code == 404


def test_five_queries(anonymous: APIClient, world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(5):
        anonymous.get(path(world))
