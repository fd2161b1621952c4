import pytest
from django.test import Client

from apps.annotations.models import MapUnit
from tests.apps.worlds import make_catalogue
from tests.conftest import Person

pytestmark = pytest.mark.django_db
SENT = {"symbol": "Xyz", "mask_value": 99, "name": "something", "colour": "#000000"}


def test_a_map_unit_keeps_its_symbol_and_mask_value(administrator: Person) -> None:
    make_catalogue()
    unit = MapUnit.objects.get(symbol="Qal")
    client = Client()
    client.force_login(administrator.user)
    assert client.post(f"/admin/annotations/mapunit/{unit.pk}/change/", SENT).status_code == 302
    changed = MapUnit.objects.get(pk=unit.pk)
    assert (changed.symbol, changed.mask_value, changed.name) == ("Qal", unit.mask_value, "something")


def test_a_new_map_unit_gets_both(administrator: Person) -> None:
    client = Client()
    client.force_login(administrator.user)
    assert client.post("/admin/annotations/mapunit/add/", SENT).status_code == 302
    assert MapUnit.objects.get(symbol="Xyz").mask_value == 99
