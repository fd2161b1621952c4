"""GET /api/v1/regions"""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.regions.models import Channel, Region, RegionRaster
from tests.apps.worlds import make_catalogue, make_region
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def region(db: None) -> Region:
    make_catalogue()
    region = make_region()
    files = {"path": "a", "sha256": "a" * 64, "size": 5, "display_path": "b", "display_sha256": "b" * 64}
    RegionRaster.objects.create(
        region=region,
        channel=Channel.objects.get(name="dem"),
        display_size=5,
        dtype="float32",
        display_low=400.0,
        display_high=900.0,
        statistics={"mean": 612.5},
        **files,
    )
    return region


def test_a_region_is_a_feature_with_its_grid(anonymous: APIClient, region: Region) -> None:
    (feature,) = anonymous.get("/api/v1/regions").json()["results"]
    assert (feature["type"], feature["id"], feature["geometry"]["type"]) == ("Feature", "hills", "MultiPolygon")
    assert feature["properties"]["grid"]["width"] == 1024
    assert feature["properties"]["made"] is True
    assert "channels" not in feature["properties"]


def test_a_single_one_lists_its_channels_with_statistics(anonymous: APIClient, region: Region) -> None:
    (channel,) = anonymous.get("/api/v1/regions/hills/").json()["properties"]["channels"]
    assert (channel["channel"], channel["unit"], channel["display_range"]) == ("dem", "m", [400.0, 900.0])
    assert channel["statistics"] == {"mean": 612.5}


def test_a_region_without_grid_and_boundary_has_nulls(anonymous: APIClient, region: Region) -> None:
    Region.objects.update(boundary=None, origin_x=None, origin_y=None, pixel_size=None, width=None, height=None)
    (feature,) = anonymous.get("/api/v1/regions").json()["results"]
    assert (feature["geometry"], feature["properties"]["grid"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "count"),
    [("area=Hills County", 1), ("origin=published", 0), ("bbox=-86.23,36.94,-86.22,36.95", 1), ("bbox=0,0,1,1", 0)],
)
def test_filters(anonymous: APIClient, region: Region, query: str, count: int) -> None:
    assert len(anonymous.get(f"/api/v1/regions?{query}").json()["results"]) == count


def test_wrong_input_missing_object_wrong_method(anonymous: APIClient, researcher: Person, region: Region) -> None:
    assert anonymous.get("/api/v1/regions?bbox=1,2").status_code == 400
    assert anonymous.get("/api/v1/regions/nowhere").status_code == 404
    assert researcher.client.put("/api/v1/regions/hills", {}).status_code == 405


def test_internal_is_for_everyone_signed_in(anonymous: APIClient, viewer: Person, region: Region) -> None:
    Region.objects.update(visibility=Visibility.INTERNAL)
    assert anonymous.get("/api/v1/regions/hills").status_code == 404
    assert viewer.client.get("/api/v1/regions/hills").status_code == 200


def test_the_list_takes_one_query(
    anonymous: APIClient, region: Region, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        anonymous.get("/api/v1/regions")
