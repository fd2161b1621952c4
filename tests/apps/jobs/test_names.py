import pytest

from apps.accounts.models import Visibility
from apps.jobs.models import Job
from apps.jobs.names import is_taken
from apps.splits.models import Split
from tests.apps.worlds import make_world
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def test_a_name_is_free_for_the_very_request_that_took_it(researcher: Person, curator: Person) -> None:
    params = {"name": "hills"}
    job = Job.objects.create(kind="make-split", owner=researcher.user, params=params, content_hash="0", queue="short")
    make_world(visibility=Visibility.PRIVATE)
    among = Split.objects.all()
    assert not is_taken("valleys", among=among, by_others_than=(researcher.user, params))
    assert is_taken("hills", among=among, by_others_than=(researcher.user, params))
    among.update(job=job)
    assert not is_taken("hills", among=among, by_others_than=(researcher.user, params))
    assert is_taken("hills", among=among, by_others_than=(researcher.user, {"name": "hills", "seed": 7}))
    assert is_taken("hills", among=among, by_others_than=(curator.user, params))
