"""GET /api/v1/dataset-versions"""

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Visibility
from tests.apps.worlds import make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def slugs(client: APIClient) -> list[str]:
    return [version["slug"] for version in client.get("/api/v1/dataset-versions").json()["results"]]


def test_a_version_of_a_private_region_is_there_for_its_owner_alone(
    anonymous: APIClient, researcher: Person, curator: Person
) -> None:
    make_world()
    make_world("secret", visibility=Visibility.PRIVATE, owner=researcher.user)
    assert [slugs(client) for client in (anonymous, curator.client)] == [["hills"], ["hills"]]
    assert slugs(researcher.client) == ["hills", "secret"]
    assert curator.client.get("/api/v1/dataset-versions/secret").status_code == 404
    found = researcher.client.get("/api/v1/dataset-versions/secret").json()
    assert [revision["slug"] for revision in found["label_revisions"]] == ["secret-labels"]


def test_a_version_that_does_not_exist_is_404_and_is_not_posted_to(anonymous: APIClient, curator: Person) -> None:
    assert anonymous.get("/api/v1/dataset-versions/none").status_code == 404
    assert curator.client.post("/api/v1/dataset-versions").status_code == 405
