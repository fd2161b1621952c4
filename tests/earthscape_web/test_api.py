"""The index, the schema, both ways to write a path."""

import pytest
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from earthscape_web.rest.schema import schema
from tests.apps.worlds import make_world

LISTS = [
    "regions",
    "channels",
    "map-units",
    "annotations",
    "dataset-versions",
    "tiles",
    "splits",
    "runs",
    "evaluations",
]


def test_the_index_credits_the_dataset(anonymous: APIClient) -> None:
    told = anonymous.get("/api/v1/").json()
    assert told["dataset"]["doi"] == "10.13023/kgs.data.05.01.2025"
    assert told["dataset"]["licence"] == "CC-BY-4.0"
    assert told["links"]["tiles"] == "http://testserver/api/v1/tiles/"
    assert anonymous.get("/api/v1").json() == told


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_a_list_answers_with_and_without_slash(anonymous: APIClient, name: str) -> None:
    make_world()
    with_slash, without = anonymous.get(f"/api/v1/{name}/"), anonymous.get(f"/api/v1/{name}")
    assert with_slash.json() == without.json()
    assert list(with_slash.json()) == ["next", "previous", "results"]
    assert with_slash.json()["results"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("query", ["x__y=1", "page_size=0", "cursor=%00", "page_size=1&owner=2"])
def test_every_list_refuses_what_it_does_not_know(anonymous: APIClient, name: str, query: str) -> None:
    answer = anonymous.get(f"/api/v1/{name}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_every_list_goes_to_its_end_and_back(anonymous: APIClient, name: str) -> None:
    make_world()
    first = page = anonymous.get(f"/api/v1/{name}?page_size=3").json()
    rows, previous = list(page["results"]), None
    while page["next"]:
        page = anonymous.get(page["next"]).json()
        rows, previous = rows + page["results"], page["previous"]
    assert rows == anonymous.get(f"/api/v1/{name}").json()["results"]
    while previous:
        page = anonymous.get(previous).json()
        previous = page["previous"]
    assert page == first


def test_the_schema_is_valid_openapi_31(anonymous: APIClient) -> None:
    described = anonymous.get("/api/v1/schema/").json()
    validate(described)
    assert described["openapi"] == "3.1.0"
    assert {f"/api/v1/{name}/" for name in LISTS} < set(described["paths"])


def test_every_operation_has_its_own_name() -> None:
    operations = [told for path in schema()["paths"].values() for told in path.values()]
    names = [told["operationId"] for told in operations]
    assert len(names) == len(set(names)) > 30
