"""GET /api/v1/splits, and the subset of a single tile"""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.splits.models import Split
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_a_split_tells_how_it_was_made(anonymous: APIClient, world: World) -> None:
    told = anonymous.get("/api/v1/splits/hills").json()
    assert (told["method"], told["seed"], told["dataset_version"]) == ("random", 111, "hills")


def test_a_single_tile_tells_its_subset(anonymous: APIClient, world: World) -> None:
    tile = anonymous.get(f"/api/v1/tiles/{world.tiles[2].pk}").json()
    assert tile["properties"]["splits"] == [{"split": "hills", "subset": "val"}]


def test_a_private_split_is_named_nowhere(anonymous: APIClient, world: World) -> None:
    Split.objects.update(visibility=Visibility.PRIVATE)
    assert anonymous.get("/api/v1/splits").json()["results"] == []
    assert anonymous.get("/api/v1/splits/hills").status_code == 404
    assert anonymous.get("/api/v1/tiles?split=hills").status_code == 400
    assert anonymous.get(f"/api/v1/tiles/{world.tiles[2].pk}").json()["properties"]["splits"] == []


def test_wrong_input_missing_object_wrong_method(anonymous: APIClient, researcher: Person, world: World) -> None:
    assert anonymous.get("/api/v1/splits?owner=1").status_code == 400
    assert anonymous.get("/api/v1/splits/none").status_code == 404
    assert researcher.client.post("/api/v1/splits", {}).status_code == 405


def test_one_query(anonymous: APIClient, world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        anonymous.get("/api/v1/splits")
