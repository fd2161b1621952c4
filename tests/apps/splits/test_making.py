from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon

from apps.accounts.models import Visibility
from apps.jobs.models import Job, JobState
from apps.jobs.running import run_inline
from apps.jobs.services import submit
from apps.regions.models import Region
from apps.splits.making import MakeSplitParameters, prepare_split, record_split
from apps.splits.models import Split, SplitMember
from apps.tiles.models import DatasetVersion, Tile
from tests.conftest import Person
from workers.errors import Conflict
from workers.splits.checksum import checksum_of

PARAMS = {
    "name": "made",
    "dataset_version": "v",
    "in_domain": "home",
    "cross_domain": "away",
    "test_size": 5,
    "val_size": 3,
    "cross_size": 4,
}


def make_tiles(slug: str, version: DatasetVersion, **region: Any) -> None:
    """100 tiles of 2 with step 1, and one without geometry."""
    place = Region.objects.create(
        slug=slug, name=slug, area=slug, origin=Region.Origin.MADE, crs="EPSG:3089",
        **{"visibility": Visibility.PUBLIC, **region},
    )  # fmt: skip
    for number in range(101):
        x, y = divmod(number, 10)
        bounds = (x, y, x + 2, y + 2) if number < 100 else None
        footprint = Polygon.from_bbox(bounds) if bounds else None
        if footprint:
            footprint.srid = 3857
        Tile.objects.create(
            region=place, dataset_version=version, number=number, patch_id=f"{slug}_{number}",
            bounds=bounds and list(bounds),
            footprint=footprint,
        )  # fmt: skip


def make_world(**away: Any) -> None:
    version = DatasetVersion.objects.create(slug="v", title="v")
    make_tiles("home", version)
    make_tiles("away", version, **away)


def make(person: Person, **changes: Any) -> Job:
    return run_inline(kind="make-split", params={**PARAMS, **changes}, owner=person.user)


@pytest.mark.django_db(transaction=True)
def test_a_job_makes_a_split_that_is_independent_and_keeps_its_recipe(store: None, researcher: Person) -> None:
    make_world()
    job = make(researcher)
    split = Split.objects.get()
    assert job.state == JobState.SUCCEEDED, job.error
    assert job.result is not None
    assert job.result["split_id"] == split.pk
    assert {name: split.sizes[name] for name in ("val", "test_id", "test_cd")} == {"val": 3, "test_id": 5, "test_cd": 4}
    assert SplitMember.objects.filter(split=split).count() == sum(split.sizes.values())
    assert sum(split.sizes.values()) + split.dropped == 104  # of the 100 away, 96 were not chosen
    assert split.checksum == checksum_of(split.members.values_list("tile__patch_id", "subset"))
    assert (split.owner, split.visibility, split.seed) == (researcher.user, Visibility.PRIVATE, 111)
    assert split.params["in_domain"] == ["home"]


@pytest.mark.django_db(transaction=True)
def test_the_same_recipe_gives_the_same_checksum(store: None, researcher: Person) -> None:
    make_world()
    make(researcher)
    make(researcher, name="again")
    make(researcher, name="other", seed=112)
    checksums = dict(Split.objects.values_list("name", "checksum"))
    assert checksums["made"] == checksums["again"] != checksums["other"]


@pytest.mark.django_db(transaction=True)
def test_more_tiles_than_there_are_fail_with_a_sentence(store: None, researcher: Person) -> None:
    make_world()
    job = make(researcher, cross_size=101)
    assert (job.state, job.error) == (JobState.FAILED, "test_cd: 101 tiles are asked for, 100 are left to choose from")
    assert not Split.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_request_may_come_again_under_its_key_and_without_one_fails(store: None, researcher: Person) -> None:
    make_world()
    first = make(researcher)
    Job.objects.filter(pk=first.pk).update(idempotency_key="k")
    again, is_new = submit(kind="make-split", params=PARAMS, owner=researcher.user, idempotency_key="k")
    assert (again, is_new) == (first, False)
    assert make(researcher).error == "There is a split made already."
    assert refusal(researcher, seed=7) == {"name": "There is a split made already."}


def refusal(person: Person, **changes: Any) -> dict[str, Any]:
    serializer = MakeSplitParameters(data={**PARAMS, **changes}, context={"user": person.user})
    assert not serializer.is_valid()
    return {name: str(errors[0]) for name, errors in serializer.errors.items()}


def test_what_does_not_exist_or_overlaps_is_refused(db: None, researcher: Person) -> None:
    make_world()
    assert refusal(researcher, in_domain=["nowhere"]) == {"in_domain": "There is no region nowhere."}
    assert refusal(researcher, dataset_version="w") == {"dataset_version": "There is no dataset version w."}
    assert refusal(researcher, cross_domain=["home"]) == {"cross_domain": "home is among the regions at home too."}
    assert "cross_domain" in refusal(researcher, cross_domain=[])
    Split.objects.create(name="made", dataset_version=DatasetVersion.objects.get(), method="m", checksum="")
    assert refusal(researcher) == {"name": "There is a split made already."}


def test_a_region_one_may_not_see_is_as_if_it_were_not_there(db: None, researcher: Person) -> None:
    make_world(visibility=Visibility.PRIVATE)
    assert refusal(researcher) == {"cross_domain": "There is no region away."}


def test_a_dataset_version_of_such_a_region_is_not_there_either(db: None, researcher: Person) -> None:
    make_world()
    make_tiles("far", DatasetVersion.objects.create(slug="w", title="W"), visibility=Visibility.PRIVATE)
    assert refusal(researcher, dataset_version="w") == {"dataset_version": "There is no dataset version w."}


def test_a_split_is_not_shown_to_more_people_than_its_regions(db: None, researcher: Person) -> None:
    make_world(visibility=Visibility.PRIVATE, owner=researcher.user)
    told = refusal(researcher, visibility="internal")
    assert told == {"visibility": "Region away is private: the split cannot be internal."}


@pytest.mark.django_db
def test_tiles_that_were_replaced_meanwhile_are_told(store: Path, researcher: Person) -> None:
    make_world()
    params = {**PARAMS, "in_domain": ["home"], "cross_domain": ["away"], "seed": 111, "visibility": "private"}
    job = Job.objects.create(kind="make-split", owner=researcher.user, params=params, content_hash="", queue="short")
    prepare_split(job, store)
    first, second = Tile.objects.filter(bounds__isnull=False)[:2]
    (store / "members.csv").write_text(f"tile,subset\n{first.pk},train\n{second.pk},val\n")
    first.delete()
    result = {"members": "members.csv", "checksum": "", "sizes": {"train": 1, "val": 1}, "dropped": 0}
    with pytest.raises(Conflict, match=r"replaced since the split was drawn, by processing their region: 1\. Draw"):
        record_split(job, store, result)
    assert not Split.objects.exists()
