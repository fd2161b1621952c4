"""GET /maptiles/raster/{region}/{channel}/{z}/{x}/{y}.png and tilejson.json"""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.regions.models import Channel, Region, RegionRaster
from tests.apps.worlds import make_catalogue, make_region
from tests.conftest import Person

pytestmark = pytest.mark.django_db
MakeRaster = Callable[..., RegionRaster]
PLACE = "17/34140/51043"  # wholly within the region


@pytest.fixture
def hills(make_raster: MakeRaster) -> Region:
    make_catalogue()
    region = make_region()
    make_raster(region, "mask", np.full((64, 64), 2))
    make_raster(region, "dem", np.full((64, 64), 255))
    for number, name in enumerate(("aerialr", "aerialg", "aerialb"), 1):
        make_raster(region, name, np.full((64, 64), 60 * number))
    return region


def colours(png: bytes) -> set[tuple[int, ...]]:
    pixels = np.array(Image.open(io.BytesIO(png)).convert("RGBA")).reshape(-1, 4)
    return {tuple(int(part) for part in pixel) for pixel in np.unique(pixels, axis=0)}


@pytest.mark.parametrize(
    ("channel", "colour"),
    [("mask", (0xFD, 0xF5, 0xA4, 255)), ("dem", (253, 250, 250, 255)), ("rgb", (60, 120, 180, 255))],
)
def test_a_map_tile_has_the_channels_colour(
    anonymous: APIClient, hills: Region, channel: str, colour: tuple[int, ...]
) -> None:
    answer = anonymous.get(f"/maptiles/raster/hills/{channel}/{PLACE}.png")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert colours(answer.content) == {colour}


@pytest.mark.parametrize(("crs", "words"), [("EPSG:26916", ["0 m", "127 m"]), ("EPSG:3089", ["0 ft", "127 ft"])])
def test_the_legend_is_in_the_unit_of_the_region(
    anonymous: APIClient, hills: Region, crs: str, words: list[str]
) -> None:
    Region.objects.filter(pk=hills.pk).update(crs=crs)
    legend = anonymous.get("/maptiles/raster/hills/dem/tilejson.json").json()["legend"]
    assert (legend["title"], legend["unit"]) == ("Elevation", words[0][2:])
    assert [stop["label"] for stop in legend["stops"]][::2][:2] == words


def test_the_map_shows_scales_with_a_decimal_point(
    anonymous: APIClient, hills: Region, make_raster: MakeRaster
) -> None:
    Channel.objects.create(name="s_2.5m", modality="s", title="Slope, 2.5 m", unit="degree", kind="continuous")
    make_raster(hills, "s_2.5m", np.full((64, 64), 255))
    shown = anonymous.get("/maptiles/raster/hills/s_2.5m/tilejson.json").json()
    assert (shown["name"], shown["legend"]["unit"]) == ("Hills: Slope, 2.5 m", "degree")
    assert anonymous.get(f"/maptiles/raster/hills/s_2.5m/{PLACE}.png").status_code == 200


def test_outside_the_region_it_is_transparent(anonymous: APIClient, hills: Region) -> None:
    answer = anonymous.get("/maptiles/raster/hills/dem/14/0/0.png")
    assert colours(answer.content) == {(0, 0, 0, 0)}


def test_tilejson_gives_bounds_legend_and_style(anonymous: APIClient, hills: Region) -> None:
    told = anonymous.get("/maptiles/raster/hills/mask/tilejson.json").json()
    assert told["bounds"] == [-86.2382673, 36.9346374, -86.220301, 36.9489969]
    assert told["legend"]["stops"][1] == {"value": "Qal", "label": "Qal, alluvium", "colour": "#fdf5a4"}
    assert told["tiles"] == [
        f"http://testserver/maptiles/raster/hills/mask/{{z}}/{{x}}/{{y}}.png?style={told['legend']['style']}"
    ]
    assert told["maxzoom"] == 12


def test_the_default_style_by_name_is_kept_for_ever(anonymous: APIClient, hills: Region) -> None:
    style = anonymous.get("/maptiles/raster/hills/dem/tilejson.json").json()["legend"]["style"]
    answer = anonymous.get(f"/maptiles/raster/hills/dem/{PLACE}.png?style={style}")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert anonymous.get(f"/maptiles/raster/hills/dem/{PLACE}.png")["Cache-Control"] == "public, max-age=60"


def test_what_the_reader_has_is_not_sent_again(anonymous: APIClient, hills: Region) -> None:
    etag = anonymous.get(f"/maptiles/raster/hills/dem/{PLACE}.png")["ETag"]
    answer = anonymous.get(f"/maptiles/raster/hills/dem/{PLACE}.png", HTTP_IF_NONE_MATCH=etag)
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        f"hills/dem/{PLACE}.png?style=other",
        f"hills/falsecolour/{PLACE}.png",
        f"hills/nothing/{PLACE}.png",
        f"nowhere/dem/{PLACE}.png",
        "hills/dem/23/0/0.png",
        "hills/dem/1/2/0.png",
        "hills/dem/1/0/99999999.png",
        "nowhere/dem/tilejson.json",
    ],
)
def test_what_is_not_there_is_404(anonymous: APIClient, hills: Region, path: str) -> None:
    answer = anonymous.get(f"/maptiles/raster/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_post_is_not_allowed(researcher: Person, hills: Region) -> None:
    assert researcher.client.post(f"/maptiles/raster/hills/dem/{PLACE}.png").status_code == 405


def test_a_private_region_is_its_owners_alone(
    anonymous: APIClient, researcher: Person, viewer: Person, hills: Region
) -> None:
    Region.objects.update(visibility=Visibility.PRIVATE, owner=researcher.user)
    path = f"/maptiles/raster/hills/dem/{PLACE}.png"
    assert [client.get(path).status_code for client in (anonymous, viewer.client)] == [404, 404]
    answer = researcher.client.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    assert "Authorization" in answer["Vary"]
