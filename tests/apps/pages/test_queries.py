"""Lists ask the database as often for many rows as for one."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.apps.worlds import World, make_world


@pytest.mark.parametrize(("path", "count"), [("/runs/", 2), ("/splits/", 2), ("/dataset/", 7), ("/", 6)])
def test_a_list_pins_its_queries(
    client: Client, world: World, path: str, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_world("valley")
    with django_assert_num_queries(count):
        assert client.get(path).status_code == 200


def test_a_comparison_asks_as_often_for_two_runs_as_for_one(
    client: Client, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    second = make_world("valley")
    with django_assert_num_queries(12) as asked:
        client.get(f"/compare/?runs={world.run.pk}")
    with django_assert_num_queries(len(asked)):
        client.get(f"/compare/?runs={world.run.pk},{second.run.pk}")


def test_jobs_pin_their_queries(
    researcher_client: Client, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        assert researcher_client.get("/jobs/").status_code == 200
