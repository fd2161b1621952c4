"""GET /api/v1/tiles"""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.tiles.models import TileLabels
from tests.apps.worlds import make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def numbers(client: APIClient, query: str) -> list[int]:
    answer = client.get(f"/api/v1/tiles?{query}")
    assert answer.status_code == 200, answer.content
    return [feature["properties"]["number"] for feature in answer.json()["results"]]


def problem(client: APIClient, query: str) -> Any:
    answer = client.get(f"/api/v1/tiles?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    return answer.json()["errors"]


def test_a_tile_is_a_feature_with_areas_and_labels(anonymous: APIClient) -> None:
    make_world()
    first = anonymous.get("/api/v1/tiles/").json()["results"][0]
    assert first["type"] == "Feature"
    assert first["geometry"]["coordinates"][0][0] == [-86.2382673, 36.9346374]
    assert first["properties"]["patch_id"] == "hills_256_50_1"
    assert first["properties"]["window"] == {"col": 0, "row": 768, "size": 256}
    labels = first["properties"]["labels"][0]
    assert labels["areas"]["Qal"] == 0.75
    assert labels["present"] == ["Qal", "Qc"]
    assert labels["mask_areas"] is None


def test_a_tile_has_the_areas_of_the_masks_pixels_where_they_are_known(anonymous: APIClient) -> None:
    world = make_world()
    TileLabels.objects.filter(tile=world.tiles[0]).update(mask_areas=[0, 0.5, 0, 0, 0.5, 0, 0])
    answer = anonymous.get(f"/api/v1/tiles/{world.tiles[0].pk}/").json()
    areas = answer["properties"]["labels"][0]["mask_areas"]
    assert areas == {"af1": 0, "Qal": 0.5, "Qaf": 0, "Qat": 0, "Qc": 0.5, "Qca": 0, "Qr": 0}


def test_a_tile_without_geometry_has_null_geometry_window_and_bounds(anonymous: APIClient) -> None:
    make_world()
    (feature,) = anonymous.get("/api/v1/tiles?has_footprint=false").json()["results"]
    assert feature["geometry"] is None
    assert (feature["properties"]["window"], feature["properties"]["bounds"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("region=hills", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("map_unit=Qal", [1, 3, 5, 7]),
        ("map_unit=Qc&min_area=0.25", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("map_unit=Qc&min_area=0.26", []),
        ("map_unit=Qal&label_revision=hills-labels", [1, 3, 5, 7]),
        ("split=hills&subset=val", [3, 4]),
        ("split=hills", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("dataset_version=hills&map_unit=Qr", [2, 4, 6, 8]),
        ("contains=-86.2356,36.936", [1]),
        ("bbox=-86.236,36.935,-86.231,36.936", [1, 2]),
        ("patch_id=hills_256_50_5", [5]),
    ],
)
def test_filters(anonymous: APIClient, query: str, expected: list[int]) -> None:
    make_world()
    assert numbers(anonymous, query) == expected


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("region=nowhere", "region"),
        ("split=none", "split"),
        ("subset=val", "subset"),
        ("map_unit=Zz", "map_unit"),
        ("min_area=0.5", "min_area"),
        ("map_unit=Qal&min_area=2", "min_area"),
        ("map_unit=Qal&min_area=nan", "min_area"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=1e150,2,3,4", "bbox"),
        ("bbox=5,2,3,4", "bbox"),
        ("contains=1,nan", "contains"),
        ("region=%00", "region"),
        ("user__password__startswith=a", "user__password__startswith"),
        ("page_size=501", "page_size"),
        ("page_size=0", "page_size"),
        ("page_size=" + "9" * 5000, "page_size"),
        ("page_size=٣", "page_size"),
        ("cursor=n.x", "cursor"),
        ("cursor=n.1.2", "cursor"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(anonymous: APIClient, query: str, parameter: str) -> None:
    make_world()
    assert list(problem(anonymous, query)) == [parameter]


@pytest.mark.parametrize(
    ("parameter", "slug"), [("region", "hills"), ("dataset_version", "hills"), ("label_revision", "hills-labels")]
)
def test_what_is_private_is_refused_in_the_words_of_what_does_not_exist(
    anonymous: APIClient, researcher: Person, parameter: str, slug: str
) -> None:
    make_world(visibility=Visibility.PRIVATE, owner=researcher.user)
    for further in ("", "&map_unit=Qal"):
        (told,) = problem(anonymous, f"{parameter}={slug}{further}")[parameter]
        (missing,) = problem(anonymous, f"{parameter}=nothing{further}")[parameter]
        assert told == missing.replace("nothing", slug)
    assert numbers(researcher.client, f"{parameter}={slug}") == [1, 2, 3, 4, 5, 6, 7, 8]


def test_pages_go_forward_and_back(anonymous: APIClient) -> None:
    make_world()
    first = anonymous.get("/api/v1/tiles?page_size=3").json()
    second = anonymous.get(first["next"]).json()
    third = anonymous.get(second["next"]).json()
    pages = [[f["properties"]["number"] for f in page["results"]] for page in (first, second, third)]
    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert (first["previous"], third["next"]) == (None, None)
    assert anonymous.get(third["previous"]).json()["results"] == second["results"]
    assert anonymous.get(second["previous"]).json() == first


def test_a_list_takes_two_queries_whatever_its_length(
    anonymous: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_world()
    with django_assert_num_queries(2):
        anonymous.get("/api/v1/tiles/")
