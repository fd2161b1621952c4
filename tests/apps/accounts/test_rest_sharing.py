"""GET and PATCH /api/v1/{regions,splits,runs}/{id}/sharing"""

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, Visibility
from apps.regions.models import Region
from tests.apps.worlds import World, make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db
PATHS = ["regions/hills", "splits/hills", "runs/hills-run"]


@pytest.fixture
def world(researcher: Person) -> World:
    return make_world(visibility=Visibility.PRIVATE, owner=researcher.user)


@pytest.mark.parametrize("path", PATHS)
def test_an_owner_shares_and_takes_back(researcher: Person, viewer: Person, world: World, path: str) -> None:
    for names, status in (([viewer.user.username], 200), ([], 404)):
        answer = researcher.client.patch(f"/api/v1/{path}/sharing", {"shared_with": names}, format="json")
        assert answer.json() == {"visibility": "private", "shared_with": names}
        assert viewer.client.get(f"/api/v1/{path}").status_code == status
    assert AuditEntry.objects.filter(action="sharing.changed").count() == 2


@pytest.mark.parametrize("path", PATHS)
def test_an_owner_publishes(researcher: Person, anonymous: APIClient, world: World, path: str) -> None:
    for source in PATHS[: PATHS.index(path) + 1]:
        researcher.client.patch(f"/api/v1/{source}/sharing", {"visibility": "public"}, format="json")
    assert anonymous.get(f"/api/v1/{path}").status_code == 200


@pytest.mark.parametrize("path", PATHS[1:])
def test_what_is_drawn_from_a_private_region_stays_private(researcher: Person, world: World, path: str) -> None:
    answer = researcher.client.patch(f"/api/v1/{path}/sharing", {"visibility": "internal"}, format="json")
    assert answer.status_code == 400
    assert "is drawn from is private, so it cannot be internal" in answer.json()["detail"]
    assert not AuditEntry.objects.exists()


def test_who_may_see_may_not_decide(viewer: Person, curator: Person, anonymous: APIClient, world: World) -> None:
    Region.objects.update(visibility=Visibility.PUBLIC)
    path = "/api/v1/regions/hills/sharing"
    assert anonymous.get(path).status_code == 401
    for person in (viewer, curator):
        assert person.client.get(path).status_code == 403
        assert person.client.patch(path, {"visibility": "private"}, format="json").status_code == 403


@pytest.mark.parametrize("body", [{"visibility": "secret"}, {"shared_with": ["nobody"]}, {"shared_with": "x"}])
def test_wrong_input_changes_nothing(researcher: Person, world: World, body: dict[str, object]) -> None:
    assert researcher.client.patch("/api/v1/runs/hills-run/sharing", body, format="json").status_code == 400
    assert not AuditEntry.objects.exists()


def test_an_owner_cannot_be_assigned(researcher: Person, viewer: Person, world: World) -> None:
    body = {"owner": viewer.user.pk, "visibility": "internal"}
    researcher.client.patch("/api/v1/regions/hills/sharing", body, format="json")
    assert Region.objects.get().owner == researcher.user


def test_missing_object_and_wrong_method(researcher: Person, world: World) -> None:
    assert researcher.client.get("/api/v1/runs/none/sharing").status_code == 404
    assert researcher.client.post("/api/v1/runs/hills-run/sharing", {}).status_code == 405
