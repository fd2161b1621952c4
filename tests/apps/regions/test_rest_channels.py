"""GET /api/v1/channels"""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Role
from apps.regions.models import Channel, Region, RegionRaster
from tests.apps.worlds import make_catalogue, make_region
from tests.conftest import Person
from workers.records.channels import CHANNEL_NAMES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    make_catalogue()


def test_the_38_of_the_catalogue_come_in_its_order_whatever_the_rows_order(anonymous: APIClient) -> None:
    first = Channel.objects.get(name="mask")
    Channel.objects.filter(pk=first.pk).delete()
    Channel.objects.create(name="mask", modality="mask", title="Map units", kind="class", position=first.position)
    found = anonymous.get("/api/v1/channels").json()["results"]
    assert [channel["name"] for channel in found] == list(CHANNEL_NAMES)


def test_pages_by_position_and_key(anonymous: APIClient) -> None:
    page, names = anonymous.get("/api/v1/channels?page_size=10").json(), []
    while page:
        names += [channel["name"] for channel in page["results"]]
        page = anonymous.get(page["next"]).json() if page["next"] else None
    assert names == list(CHANNEL_NAMES)


@pytest.mark.parametrize(("query", "count"), [("modality=s", 6), ("kind=binary", 2), ("kind=class", 1)])
def test_filters(anonymous: APIClient, query: str, count: int) -> None:
    assert len(anonymous.get(f"/api/v1/channels?{query}").json()["results"]) == count


def test_one_channel(anonymous: APIClient) -> None:
    told = anonymous.get("/api/v1/channels/s_50").json()
    assert (told["published_name"], told["resolution"], told["unit"]) == ("slope_50", 50, "degree")


def test_wrong_input_missing_object_wrong_method(anonymous: APIClient, researcher: Person) -> None:
    assert anonymous.get("/api/v1/channels?kind=smell").status_code == 400
    assert anonymous.get("/api/v1/channels/smell").status_code == 404
    assert researcher.client.post("/api/v1/channels", {}).status_code == 405


def test_one_query(anonymous: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        anonymous.get("/api/v1/channels")


def put_raster(region: Region, name: str) -> None:
    channel, _ = Channel.objects.get_or_create(name=name, modality=name, title=name, kind="continuous")
    values = {"size": 1, "display_size": 1, "display_low": 0, "display_high": 1, "statistics": {}}
    RegionRaster.objects.create(region=region, channel=channel, **values)


def beyond_the_catalogue(client: APIClient) -> list[str]:
    return [row["name"] for row in client.get("/api/v1/channels").json()["results"]][38:]


def test_a_channel_of_a_closed_region_is_shown_to_those_who_may_see_it(
    anonymous: APIClient, person: Callable[[Role], Person]
) -> None:
    owner, other, administrator = person(Role.RESEARCHER), person(Role.RESEARCHER), person(Role.ADMIN)
    region = make_region(visibility="private", owner=owner.user)
    put_raster(region, "gold")
    clients = [anonymous, other.client, owner.client, administrator.client]
    assert [beyond_the_catalogue(client) for client in clients] == [[], [], ["gold"], ["gold"]]
    assert [client.get("/api/v1/channels/gold").status_code for client in clients] == [404, 404, 200, 200]
    region.visibility = "public"
    region.save()
    assert beyond_the_catalogue(anonymous) == ["gold"]


def test_a_channel_of_several_regions_stands_once(anonymous: APIClient) -> None:
    for slug in ("hills", "flats"):
        put_raster(make_region(slug), "gold")
    assert beyond_the_catalogue(anonymous) == ["gold"]


def test_a_channel_without_any_region_is_shown_to_administrators(anonymous: APIClient, administrator: Person) -> None:
    Channel.objects.create(name="gold", modality="gold", title="gold", kind="continuous")
    assert [beyond_the_catalogue(client) for client in (anonymous, administrator.client)] == [[], ["gold"]]
