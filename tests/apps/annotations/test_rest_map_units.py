"""GET /api/v1/map-units"""

import pytest
from rest_framework.test import APIClient

from tests.apps.worlds import make_catalogue
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    make_catalogue()


def test_the_seven_in_the_order_of_the_mask(anonymous: APIClient) -> None:
    found = anonymous.get("/api/v1/map-units").json()["results"]
    assert [unit["symbol"] for unit in found] == ["af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr"]
    assert found[1] == {"symbol": "Qal", "mask_value": 2, "name": "alluvium", "colour": "#fdf5a4"}


def test_missing_object_and_wrong_method(anonymous: APIClient, curator: Person) -> None:
    assert anonymous.get("/api/v1/map-units/Zz").status_code == 404
    assert curator.client.post("/api/v1/map-units", {}).status_code == 405
