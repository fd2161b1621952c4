"""GET /maptiles/vector/{layer}/{z}/{x}/{y}.pbf and tilejson.json"""

from typing import Any

import mapbox_vector_tile
import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from apps.experiments.models import Run
from apps.regions.models import Region
from apps.splits.models import Split
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db
NEAR = "11/533/797"
FAR = "5/8/12"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def features(client: APIClient, path: str) -> list[dict[str, Any]]:
    answer = client.get(f"/maptiles/vector/{path}")
    assert answer.status_code == 200, answer.content
    (layer,) = mapbox_vector_tile.decode(answer.content).values()
    return sorted(layer["features"], key=lambda feature: feature.get("id", 0))


def test_near_by_each_tile_is_a_square_with_its_classes(anonymous: APIClient, world: World) -> None:
    found = features(anonymous, f"tiles/{NEAR}.pbf")
    assert len(found) == 7
    assert found[0]["properties"] == {"classes": 0b10010, "patch_id": "hills_256_50_1"}
    assert found[0]["id"] == world.tiles[0].pk
    assert found[1]["properties"]["classes"] == 0b1010000
    assert found[0]["geometry"]["type"] == "Polygon"


def test_far_out_tiles_merge_into_cells(anonymous: APIClient, world: World) -> None:
    (cell,) = features(anonymous, f"tiles/{FAR}.pbf")
    assert cell["properties"] == {"tiles": 7, "classes": 0b1010010}


def test_filters_hold_in_map_tiles(anonymous: APIClient, world: World) -> None:
    found = features(anonymous, f"tiles/{NEAR}.pbf?region=hills&map_unit=Qr")
    assert [feature["id"] for feature in found] == [world.tiles[n].pk for n in (1, 3, 5)]


def test_a_split_tells_the_subset(anonymous: APIClient, world: World) -> None:
    found = features(anonymous, f"splits/{NEAR}.pbf?split=hills")
    assert [f["properties"]["subset"] for f in found] == [
        "train",
        "train",
        "val",
        "val",
        "test_id",
        "test_id",
        "test_cd",
    ]
    (cell,) = features(anonymous, f"splits/{FAR}.pbf?split=hills")
    assert cell["properties"]["subset"] == "test_id"


@pytest.mark.parametrize(
    ("symbol", "outcomes"), [("Qal", ["tp", "fp", "tp"]), ("Qr", ["tn", "fn", "tn"]), ("Qc", ["tp", "tp", "tp"])]
)
def test_a_run_is_right_and_wrong(anonymous: APIClient, world: World, symbol: str, outcomes: list[str]) -> None:
    found = features(anonymous, f"errors/{NEAR}.pbf?run=hills-run&class={symbol}")
    by_tile = {feature["properties"]["tile_id"]: feature["properties"]["outcome"] for feature in found}
    assert [by_tile[world.tiles[n].pk] for n in (4, 5, 6)] == outcomes


def outcomes_of(client: APIClient, world: World, symbol: str) -> list[Any]:
    found = features(client, f"errors/{NEAR}.pbf?run=hills-run&class={symbol}")
    by_tile = {feature["properties"]["tile_id"]: feature["properties"].get("outcome") for feature in found}
    return [by_tile[world.tiles[n].pk] for n in (4, 5, 6)]


def test_a_tile_without_labels_has_no_outcome(anonymous: APIClient, world: World) -> None:
    world.tiles[4].labels.all().delete()
    assert outcomes_of(anonymous, world, "Qal") == [None, "fp", "tp"]
    (cell,) = features(anonymous, f"errors/{FAR}.pbf?run={world.run.pk}&class=Qal&subset=test_id")
    counts = {name: cell["properties"][name] for name in ("tiles", "outcome", "tp", "fp", "fn", "tn")}
    assert counts == {"tiles": 2, "outcome": "fp", "tp": 0, "fp": 1, "fn": 0, "tn": 0}


@pytest.mark.parametrize(
    ("origin", "threshold", "outcomes"),
    [("trained", 0.3, ["fp", "fp", "fp"]), ("trained", 0.25, ["tp"] * 3), ("uploaded", 0.3, ["tp"] * 3)],
)
def test_the_truth_is_what_the_run_was_scored_with(
    anonymous: APIClient, world: World, origin: str, threshold: float, outcomes: list[str]
) -> None:
    Run.objects.update(origin=origin, specification={"label_threshold": threshold})
    assert outcomes_of(anonymous, world, "Qc") == outcomes


def test_errors_of_one_subset_in_cells(anonymous: APIClient, world: World) -> None:
    (cell,) = features(anonymous, f"errors/{FAR}.pbf?run={world.run.pk}&class=Qal&subset=test_id")
    counts = {name: cell["properties"][name] for name in ("tiles", "tp", "fp", "fn", "tn")}
    assert counts == {"tiles": 2, "tp": 1, "fp": 1, "fn": 0, "tn": 0}


def test_map_units_carry_symbol_and_colour(anonymous: APIClient, world: World) -> None:
    (feature,) = features(anonymous, f"map-units/{NEAR}.pbf?region=hills")
    assert feature["properties"] == {"symbol": "Qal", "colour": "#fdf5a4", "region_slug": "hills", "revision": 1}


def test_an_empty_place_is_an_empty_map_tile(anonymous: APIClient, world: World) -> None:
    answer = anonymous.get("/maptiles/vector/tiles/11/0/0.pbf")
    assert (answer.status_code, answer.content) == (200, b"")


def test_tilejson_lists_fields_and_bits(anonymous: APIClient, world: World) -> None:
    told = anonymous.get("/maptiles/vector/tiles/tilejson.json?region=hills").json()
    assert told["tiles"] == ["http://testserver/maptiles/vector/tiles/{z}/{x}/{y}.pbf?region=hills"]
    assert told["classes"][1] == {"symbol": "Qal", "name": "alluvium", "colour": "#fdf5a4", "bit": 1}
    assert told["bounds"] == [-86.2382673, 36.9346374, -86.220301, 36.9489969]


@pytest.mark.parametrize(
    "query",
    ["tiles/1/0/0.pbf?colour=red", "splits/1/0/0.pbf", "errors/1/0/0.pbf?run=x", "errors/1/0/0.pbf?run=1&class=Zz"],
)
def test_wrong_parameters_are_refused(anonymous: APIClient, world: World, query: str) -> None:
    assert anonymous.get(f"/maptiles/vector/{query}").status_code == 400


@pytest.mark.parametrize("path", ["rivers/1/0/0.pbf", "tiles/1/2/0.pbf", "tiles/99/0/0.pbf", "rivers/tilejson.json"])
def test_what_is_not_there_is_404(anonymous: APIClient, world: World, path: str) -> None:
    assert anonymous.get(f"/maptiles/vector/{path}").status_code == 404


def test_post_is_not_allowed(researcher: Person, world: World) -> None:
    assert researcher.client.post(f"/maptiles/vector/tiles/{NEAR}.pbf").status_code == 405


@pytest.mark.parametrize("layer", ["tiles", "map-units", "errors"])
def test_a_private_region_shows_nothing_to_others(viewer: Person, researcher: Person, world: World, layer: str) -> None:
    Region.objects.update(visibility=Visibility.PRIVATE, owner=researcher.user)
    world.run.shared_with.add(viewer.user)
    path = f"/maptiles/vector/{layer}/{NEAR}.pbf" + ("?run=hills-run&class=Qal" if layer == "errors" else "")
    assert viewer.client.get(path).content == b""
    answer = researcher.client.get(path)
    assert answer.content
    assert answer["Cache-Control"] == "private, no-cache"


def test_a_private_split_and_run_do_not_exist_for_others(anonymous: APIClient, world: World) -> None:
    Split.objects.update(visibility=Visibility.PRIVATE)
    world.run.visibility = Visibility.PRIVATE
    world.run.save()
    for path in (f"splits/{NEAR}.pbf?split=hills", f"errors/{NEAR}.pbf?run=hills-run&class=Qal"):
        assert anonymous.get(f"/maptiles/vector/{path}").status_code == 400
