"""GET /api/v1/runs"""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.experiments.models import Run
from apps.regions.models import Region
from apps.splits.models import Split
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_the_list_tells_what_each_run_is(anonymous: APIClient, world: World) -> None:
    (run,) = anonymous.get("/api/v1/runs").json()["results"]
    assert (run["id"], run["name"], run["split"], run["dataset_version"]) == (
        world.run.pk,
        "hills-run",
        "hills",
        "hills",
    )


@pytest.mark.parametrize("word", ["id", "name"])
def test_a_run_is_found_by_id_or_name(anonymous: APIClient, world: World, word: str) -> None:
    path = world.run.pk if word == "id" else world.run.name
    run = anonymous.get(f"/api/v1/runs/{path}/").json()
    assert run["thresholds"]["Qal"] == 0.5
    assert run["evaluations"] == [evaluation.pk for evaluation in world.run.evaluations.all()]


def test_newest_come_first_and_pages_follow(anonymous: APIClient, world: World) -> None:
    for number in range(3):
        Run.objects.create(name=f"extra-{number}", origin=Run.Origin.PUBLISHED, visibility=Visibility.PUBLIC)
    first = anonymous.get("/api/v1/runs?page_size=2").json()
    second = anonymous.get(first["next"]).json()
    names = [run["name"] for page in (first, second) for run in page["results"]]
    assert names == ["extra-2", "extra-1", "extra-0", "hills-run"]
    assert second["next"] is None
    assert anonymous.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize(
    ("query", "count"), [("split=hills", 1), ("origin=published", 0), ("name=hills-run", 1), ("channel=dem", 0)]
)
def test_filters(anonymous: APIClient, world: World, query: str, count: int) -> None:
    assert len(anonymous.get(f"/api/v1/runs?{query}").json()["results"]) == count


@pytest.mark.parametrize("query", ["split=none", "origin=moon", "owner__password__startswith=a"])
def test_wrong_filters_are_refused(anonymous: APIClient, world: World, query: str) -> None:
    assert anonymous.get(f"/api/v1/runs?{query}").status_code == 400


@pytest.mark.parametrize("word", ["0", "nothing", "%00", "99999999999999999999"])
def test_an_unknown_run_is_404(anonymous: APIClient, world: World, word: str) -> None:
    assert anonymous.get(f"/api/v1/runs/{word}").status_code == 404


def test_a_private_run_is_its_owners_those_it_is_shared_with_and_administrators(
    anonymous: APIClient, viewer: Person, curator: Person, researcher: Person, administrator: Person, world: World
) -> None:
    Run.objects.update(visibility=Visibility.PRIVATE, owner=researcher.user)
    world.run.shared_with.add(viewer.user)
    path = f"/api/v1/runs/{world.run.pk}"
    people = (viewer, curator, researcher, administrator)
    assert [person.client.get(path).status_code for person in people] == [200, 404, 200, 200]
    assert anonymous.get(path).status_code == 404
    assert anonymous.get("/api/v1/runs").json()["results"] == []


def test_a_run_closes_with_its_split(anonymous: APIClient, researcher: Person, world: World) -> None:
    Run.objects.update(owner=researcher.user)
    Split.objects.update(visibility=Visibility.PRIVATE)
    path = f"/api/v1/runs/{world.run.pk}"
    assert (anonymous.get(path).status_code, researcher.client.get(path).status_code) == (404, 200)


def test_a_run_closes_with_its_regions(anonymous: APIClient, viewer: Person, world: World) -> None:
    Region.objects.update(visibility=Visibility.INTERNAL)
    path = f"/api/v1/runs/{world.run.pk}"
    assert (anonymous.get(path).status_code, viewer.client.get(path).status_code) == (404, 200)


def test_a_run_that_is_shared_does_not_name_what_is_private(viewer: Person, world: World) -> None:
    Region.objects.update(visibility=Visibility.PRIVATE)
    Split.objects.update(visibility=Visibility.PRIVATE)
    world.run.shared_with.add(viewer.user)
    run = viewer.client.get(f"/api/v1/runs/{world.run.pk}").json()
    assert (run["split"], run["dataset_version"], run["label_revision"]) == (None, None, None)
    evaluation = viewer.client.get(f"/api/v1/evaluations/{run['evaluations'][0]}").json()
    assert (evaluation["split"], evaluation["label_revision"]) == (None, None)


def test_delete_is_not_allowed(administrator: Person, world: World) -> None:
    assert administrator.client.delete(f"/api/v1/runs/{world.run.pk}").status_code == 405


def test_the_list_takes_one_query(
    anonymous: APIClient, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        anonymous.get("/api/v1/runs")
