import pytest
from django.test import Client

from apps.accounts.models import Role, User
from tests.apps.maptiles.conftest import make_raster  # noqa: F401  # a fixture
from tests.apps.worlds import World, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def researcher_client(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_user("rita", role=Role.RESEARCHER))
    return client
