from typing import Any

import pytest

from apps.accounts.models import Visibility
from apps.jobs.models import Job, JobState
from apps.jobs.running import run_inline
from apps.tiles.models import LabelRevision, TileLabels
from tests.apps.worlds import World, make_world
from tests.conftest import Person
from workers.errors import EarthScapeError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(store: None) -> World:
    world = make_world()
    TileLabels.objects.filter(tile=world.tiles[0]).update(mask_areas=[0, 0.5, 0, 0, 0.5, 0, 0])
    return world


def label(person: Person, **params: Any) -> Job:
    return run_inline(kind="label-tiles", params={"dataset_version": "hills"} | params, owner=person.user)


def present(revision: str) -> list[list[int]]:
    return list(
        TileLabels.objects.filter(label_revision__slug=revision).order_by("tile").values_list("present", flat=True)
    )


def test_labels_at_another_threshold_stand_beside_the_old_ones(world: World, researcher: Person) -> None:
    before = present("hills-labels")
    job = label(researcher, threshold=0.25)
    assert (job.state, job.error) == (JobState.SUCCEEDED, "")
    assert job.result == {
        "dataset_version": "hills", "label_revision": "hills-over-0.25", "tiles": 8, "tiles_without_class": 0,
    }  # fmt: skip
    revision = LabelRevision.objects.get(slug="hills-over-0.25")
    assert (revision.threshold, revision.dataset_version.slug) == (0.25, "hills")
    assert present("hills-over-0.25")[:2] == [[1], [6]]
    assert present("hills-labels") == before
    assert before[:2] == [[1, 4], [4, 6]]
    first = TileLabels.objects.get(tile=world.tiles[0], label_revision=revision)
    assert (first.areas[1], first.mask_areas) == (0.75, [0, 0.5, 0, 0, 0.5, 0, 0])


def test_a_threshold_that_is_there_already_is_refused(world: World, researcher: Person) -> None:
    label(researcher, threshold=0.5)
    with pytest.raises(EarthScapeError, match=r"There is a label revision hills-over-0\.5 already"):
        label(researcher, threshold=0.5)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"threshold": 1}, "threshold: 1.0 is not a share of a tile from 0 to below 1"),
        ({"threshold": -0.5}, "threshold: -0.5 is not a share"),
        ({"threshold": "nan"}, "threshold: A valid number is required"),
        ({}, "threshold"),
        ({"threshold": 0.1, "dataset_version": "none"}, "there is no dataset version none"),
        ({"threshold": 0.1, "label_revision": "other"}, "hills has no label revision other"),
    ],
)
def test_what_cannot_be_labelled_is_refused(
    world: World, researcher: Person, params: dict[str, Any], told: str
) -> None:
    with pytest.raises(EarthScapeError, match=told):
        label(researcher, **params)


def test_a_version_with_tiles_that_one_may_not_see_is_refused(world: World, researcher: Person) -> None:
    world.region.visibility = Visibility.PRIVATE
    world.region.save()
    with pytest.raises(EarthScapeError, match="dataset version hills"):
        label(researcher, threshold=0.1)
