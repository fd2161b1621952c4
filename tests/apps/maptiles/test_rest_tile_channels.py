"""GET /api/v1/tiles/{id}/channels and /channels/{channel}.png"""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.regions.models import Channel, Region, RegionRaster
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(make_raster: Callable[..., RegionRaster]) -> World:
    """The lowest 256 rows hold the tiles: column n of them is n // 256 + 1, the first pixel of each tile nothing."""
    world = make_world(count=4)
    values = np.tile(np.arange(1024) // 256 + 1, (1024, 1))
    values[768, ::256] = 0
    make_raster(world.region, "dem", values, low=1.0, high=3.0)
    make_raster(world.region, "mask", values)
    return world


def test_channels_come_with_figures_of_the_tiles_window(anonymous: APIClient, world: World) -> None:
    tile = world.tiles[1]
    mask, dem = anonymous.get(f"/api/v1/tiles/{tile.pk}/channels/").json()["results"]
    assert (dem["channel"], dem["unit"], dem["min"], dem["mean"], dem["max"]) == ("dem", "m", 2.0, 2.0, 2.0)
    assert dem["valid_share"] == 65535 / 65536
    assert (mask["kind"], mask["mean"]) == ("class", None)
    assert dem["thumbnail"] == f"http://testserver/api/v1/tiles/{tile.pk}/channels/dem.png"


def test_a_scale_may_have_a_decimal_point(
    anonymous: APIClient, world: World, make_raster: Callable[..., RegionRaster]
) -> None:
    Channel.objects.create(name="s_2.5m", modality="s", title="Slope, 2.5 m", unit="degree", kind="continuous")
    make_raster(world.region, "s_2.5m", np.full((1024, 1024), 9))
    path = f"/api/v1/tiles/{world.tiles[1].pk}/channels"
    found = anonymous.get(path).json()["results"][-1]
    assert (found["title"], found["unit"]) == ("Slope, 2.5 m", "degree")
    assert anonymous.get(found["thumbnail"]).status_code == 200
    assert anonymous.get("/api/v1/channels/s_2.5m").json()["title"] == "Slope, 2.5 m"


def test_a_thumbnail_has_the_regions_stretch(anonymous: APIClient, world: World) -> None:
    answer = anonymous.get(f"/api/v1/tiles/{world.tiles[0].pk}/channels/mask.png")
    pixels = np.array(Image.open(io.BytesIO(answer.content)).convert("RGBA"))
    assert pixels.shape == (256, 256, 4)
    assert pixels[0, 0].tolist() == [0, 0, 0, 0]
    assert pixels[9, 9].tolist() == [0x63, 0x65, 0x66, 255]


def test_a_thumbnail_is_not_sent_twice(anonymous: APIClient, world: World) -> None:
    path = f"/api/v1/tiles/{world.tiles[0].pk}/channels/dem.png"
    assert anonymous.get(path, HTTP_IF_NONE_MATCH=anonymous.get(path)["ETag"]).status_code == 304


def test_a_tile_without_geometry_has_no_channels(anonymous: APIClient, world: World) -> None:
    assert anonymous.get(f"/api/v1/tiles/{world.tiles[3].pk}/channels").json()["results"] == []
    assert anonymous.get(f"/api/v1/tiles/{world.tiles[3].pk}/channels/dem.png").status_code == 404


@pytest.mark.parametrize("path", ["0/channels", "0/channels/dem.png", "999999999999999999/channels"])
def test_an_unknown_tile_is_404(anonymous: APIClient, world: World, path: str) -> None:
    assert anonymous.get(f"/api/v1/tiles/{path}").status_code == 404


def test_an_unknown_parameter_is_refused(anonymous: APIClient, world: World) -> None:
    answer = anonymous.get(f"/api/v1/tiles/{world.tiles[0].pk}/channels?stretch=2")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["stretch"])


def test_post_is_not_allowed(researcher: Person, world: World) -> None:
    assert researcher.client.post(f"/api/v1/tiles/{world.tiles[0].pk}/channels").status_code == 405


def test_a_private_region_hides_its_channels(anonymous: APIClient, world: World) -> None:
    Region.objects.update(visibility=Visibility.PRIVATE)
    for path in ("channels", "channels/dem.png"):
        assert anonymous.get(f"/api/v1/tiles/{world.tiles[0].pk}/{path}").status_code == 404


def test_two_queries_whatever_the_number_of_channels(
    anonymous: APIClient, world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        anonymous.get(f"/api/v1/tiles/{world.tiles[0].pk}/channels")
