"""GET, POST, PATCH and DELETE of /api/v1/annotations"""

import random
import time
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, Visibility
from apps.annotations.models import Annotation
from apps.regions.models import Region
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db

PATH = "/api/v1/annotations"
WEST, SOUTH = -86.2382, 36.9347


def box(west: float = WEST, south: float = SOUTH, side: float = 0.004) -> dict[str, Any]:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_the_list_is_features_with_map_units(anonymous: APIClient, world: World) -> None:
    (feature,) = anonymous.get(PATH).json()["results"]
    assert feature["properties"]["map_unit"] == "Qal"
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["geometry"]["coordinates"][0][0][0] == [-86.2382673, 36.9346374]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("region=hills", 1),
        ("region=other", 0),
        ("map_unit=Qal", 1),
        ("map_unit=Qr", 0),
        ("contains=-86.2356,36.936", 1),
        ("bbox=-86,36,-85,37", 0),
    ],
)
def test_filters(anonymous: APIClient, world: World, query: str, count: int) -> None:
    assert len(anonymous.get(f"{PATH}?{query}").json()["results"]) == count


def test_a_curator_adds_one(curator: Person, world: World) -> None:
    body = {"region": "hills", "map_unit": "Qr", "geometry": box(), "comment": "seen in the field"}
    answer = curator.client.post(PATH, body, format="json")
    assert answer.status_code == 201
    assert answer.json()["properties"]["revision"] == 1
    assert answer.json()["geometry"]["coordinates"][0][0][0] == [WEST, SOUTH]
    entry = AuditEntry.objects.get(action="annotation.created")
    assert (entry.actor, entry.target_id) == (curator.user, str(answer.json()["id"]))


def test_a_change_raises_the_revision_and_keeps_the_earlier_state(curator: Person, world: World) -> None:
    path = f"{PATH}/{world.annotation.pk}"
    answer = curator.client.patch(path, {"revision": 1, "map_unit": "Qc"}, format="json")
    assert (answer.status_code, answer.json()["properties"]["revision"]) == (200, 2)
    states = curator.client.get(f"{path}/history").json()["results"]
    assert [(state["revision"], state["map_unit"]) for state in states] == [(2, "Qc"), (1, "Qal")]
    assert states[0]["by"] == curator.user.username
    assert AuditEntry.objects.get(action="annotation.changed").detail["fields"] == ["map_unit"]


def test_the_second_of_two_curators_is_told(curator: Person, world: World) -> None:
    path = f"{PATH}/{world.annotation.pk}"
    curator.client.patch(path, {"revision": 1, "map_unit": "Qc"}, format="json")
    answer = curator.client.patch(path, {"revision": 1, "map_unit": "Qr"}, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert curator.client.delete(f"{path}?revision=1").status_code == 409
    assert Annotation.objects.get().map_unit.symbol == "Qc"


def test_delete_leaves_the_history_and_an_audit_row(curator: Person, world: World) -> None:
    assert curator.client.delete(f"{PATH}/{world.annotation.pk}/?revision=1").status_code == 204
    assert not Annotation.objects.exists()
    assert Annotation.history.filter(history_type="-").count() == 1
    assert AuditEntry.objects.get().action == "annotation.deleted"


def star(count: int) -> dict[str, Any]:
    """A ring that crosses itself over and over."""
    rolls = random.Random(1)
    ring = [[WEST + rolls.random() / 200, SOUTH + rolls.random() / 200] for _ in range(count)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


@pytest.mark.parametrize(
    "geometry",
    [
        star(9_000),
        star(10_000),
        box(west=-85.0),
        box(west=1e150),
        {"type": "Point", "coordinates": [WEST, SOUTH]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[WEST, SOUTH]] * 4]},
        {"type": "Polygon", "coordinates": [[[WEST, SOUTH], [0, 0], [1, 1], [2, 2]]]},
        {"type": "Polygon", "coordinates": [[["a", "b"]] * 4]},
        {"type": "Polygon", "coordinates": [[[True, False]] * 4]},
        {"type": "Polygon", "coordinates": {"a": 1}},
        {"type": "MultiPolygon", "coordinates": [[]]},
        {"type": "GeometryCollection", "geometries": []},
        [],
        "POLYGON((0 0,1 1,1 0,0 0))",
        None,
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_geometry_is_refused_at_once(curator: Person, world: World, geometry: Any) -> None:
    body = {"region": "hills", "map_unit": "Qr", "geometry": geometry}
    begun = time.monotonic()
    answer = curator.client.post(PATH, body, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert time.monotonic() - begun < 1
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"map_unit": "Qc"}, "revision"),
        ({"revision": 1}, "non_field_errors"),
        ({"revision": 1, "map_unit": "Zz"}, "map_unit"),
        ({"revision": 2**40, "map_unit": "Qc"}, "revision"),
        ({"revision": 1, "comment": "x" * 401}, "comment"),
    ],
)
def test_a_wrong_change_is_refused(curator: Person, world: World, change: dict[str, Any], field: str) -> None:
    answer = curator.client.patch(f"{PATH}/{world.annotation.pk}", change, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_who_may_change(anonymous: APIClient, viewer: Person, researcher: Person, world: World) -> None:
    path, body = f"{PATH}/{world.annotation.pk}", {"revision": 1, "map_unit": "Qc"}
    assert anonymous.patch(path, body, format="json").status_code == 401
    for person in (viewer, researcher):
        assert person.client.patch(path, body, format="json").status_code == 403
        assert person.client.delete(f"{path}?revision=1").status_code == 403
        assert person.client.post(PATH, {}, format="json").status_code == 403


def test_a_curator_cannot_reach_into_a_private_region(curator: Person, administrator: Person, world: World) -> None:
    Region.objects.update(visibility=Visibility.PRIVATE)
    path = f"{PATH}/{world.annotation.pk}"
    assert curator.client.get(path).status_code == 404
    assert curator.client.patch(path, {"revision": 1, "map_unit": "Qc"}, format="json").status_code == 404
    body = {"region": "hills", "map_unit": "Qr", "geometry": box()}
    assert curator.client.post(PATH, body, format="json").status_code == 400
    assert administrator.client.get(path).status_code == 200


def test_missing_object_and_wrong_method(curator: Person, world: World) -> None:
    assert curator.client.get(f"{PATH}/0").status_code == 404
    assert curator.client.put(f"{PATH}/{world.annotation.pk}", {}, format="json").status_code == 405
    assert curator.client.delete(PATH).status_code == 405


def test_the_list_takes_one_query(
    anonymous: APIClient, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        anonymous.get(PATH)
