import pytest
from django.test import Client

from apps.tiles.models import Tile
from tests.apps.worlds import SOUTH, WEST, make_world, square
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def test_a_curator_marks_a_tile_but_does_not_move_it(curator: Person) -> None:
    tile = make_world().tiles[0]
    client = Client()
    client.force_login(curator.user)
    moved = square(WEST + 900, SOUTH).transform(4326, clone=True)
    sent = {"valid": "", "validity_note": "clouds", "footprint": moved.geojson}
    assert client.post(f"/admin/tiles/tile/{tile.pk}/change/", sent).status_code == 302
    changed = Tile.objects.get(pk=tile.pk)
    assert (changed.valid, changed.validity_note) == (False, "clouds")
    assert changed.footprint == tile.footprint


def test_the_first_edit_keeps_what_the_tile_was(curator: Person) -> None:
    tile = make_world().tiles[0]
    tile.history.all().delete()  # as after an import
    assert tile.footprint is not None
    shown = tile.footprint.transform(4326, clone=True).geojson
    client = Client()
    client.force_login(curator.user)
    for note in ("", "clouds"):
        sent = {"valid": "on", "validity_note": note, "footprint": shown}
        assert client.post(f"/admin/tiles/tile/{tile.pk}/change/", sent).status_code == 302
    found = [(row.validity_note, row.history_user) for row in tile.history.order_by("history_id")]
    assert found == [("", None), ("clouds", curator.user)]


def test_the_footprint_is_shown_on_a_map_that_has_no_tools(curator: Person) -> None:
    tile = make_world().tiles[0]
    client = Client()
    client.force_login(curator.user)
    page = client.get(f"/admin/tiles/tile/{tile.pk}/change/").content.decode()
    assert "id_footprint-map" in page
    assert ".modifiable = false" in page
