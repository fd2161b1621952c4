import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from pytest_django import Settings

from apps.experiments import demo
from apps.experiments.demo import Step, region_steps, run_steps, split_step, submit_missing
from apps.experiments.management.commands.load_demo import Command
from apps.experiments.models import Run
from apps.jobs.models import Job, JobState
from apps.splits.models import Split
from apps.tiles.models import DatasetVersion
from tests.apps.worlds import make_catalogue, make_region
from tests.conftest import Person
from workers.errors import Conflict, StoreUnavailable
from workers.records.codec import to_data
from workers.records.regions import GridSpec, RegionSpec

SPEC = RegionSpec("demo-west", "Demo West", "Demo River", GridSpec("EPSG:3089", 5.0), made=True)


@pytest.fixture
def split(db: None) -> Split:
    make_catalogue()
    version = DatasetVersion.objects.create(slug="demo", title="Demo", made=True)
    return Split.objects.create(name="demo", dataset_version=version, method="made", checksum="1" * 64)


def make_job(owner: Any, state: JobState, key: str = "k", **fields: Any) -> Job:
    fields |= {"lease_until": None, "finished_at": None if state == JobState.QUEUED else "2026-01-01T00:00Z"}
    return Job.objects.create(
        kind="make-split", owner=owner, queue="short", content_hash="", idempotency_key=key, state=state, **fields
    )


def test_the_shipped_specifications_are_the_three_of_the_demo(split: Split) -> None:
    steps = {step.title: step for step in run_steps()}
    assert list(steps) == ["run demo-dem", "run demo-rgb", "run demo-slope-ms"]
    assert all(step.kind == "train" and not step.is_current() for step in steps.values())
    assert "channels: [s, s_10, s_20, s_50, s_100, s_200]" in steps["run demo-slope-ms"].params["specification"]


def test_a_run_of_this_text_and_split_is_not_trained_again(split: Split) -> None:
    step = run_steps()[0]
    text = step.params["specification"]
    run = Run.objects.create(name="demo-dem", origin="trained", specification_text=text, split_checksum="1" * 64)
    assert step.is_current()
    Run.objects.filter(pk=run.pk).update(split_checksum="2" * 64)
    assert not step.is_current()


def test_a_region_processed_from_this_specification_is_not_processed_again(researcher: Person) -> None:
    step = region_steps([SPEC])[0]
    assert not step.is_current()
    region = make_region("demo-west")
    region.job = make_job(researcher.user, JobState.SUCCEEDED, params={"specification": json.loads(_json(SPEC))})
    region.save()
    assert step.is_current()
    assert not region_steps([RegionSpec(**{**vars(SPEC), "buffer": 300.0})])[0].is_current()


def _json(spec: RegionSpec) -> str:
    return json.dumps(to_data(spec))


def test_what_is_there_is_not_submitted(split: Split, researcher: Person) -> None:
    assert submit_missing([split_step()], owner=researcher.user) == []
    assert not Job.objects.exists()


def test_the_job_of_an_interrupted_call_is_waited_for(researcher: Person) -> None:
    job = make_job(researcher.user, JobState.QUEUED, "load_demo split demo 1")
    make_job(researcher.user, JobState.FAILED, "load_demo split demo 0")
    found = submit_missing([split_step()], owner=researcher.user)
    assert [waiting.pk for _, waiting in found] == [job.pk]


def test_a_run_of_an_older_demo_makes_room(split: Split, researcher: Person) -> None:
    Run.objects.create(name="demo-dem", origin="trained", made=True, owner=researcher.user)
    demo._clear_outdated(run_steps()[0], researcher.user)
    assert not Run.objects.exists()


def test_somebodys_own_run_of_that_name_is_left_alone(split: Split, researcher: Person, curator: Person) -> None:
    Run.objects.create(name="demo-dem", origin="trained", made=True, owner=curator.user)
    with pytest.raises(Conflict, match="another run has that name"):
        demo._clear_outdated(run_steps()[0], researcher.user)
    assert Run.objects.count() == 1


def test_a_failed_job_ends_the_command_with_its_name_and_reason(researcher: Person) -> None:
    job = make_job(researcher.user, JobState.FAILED, error="fewer tiles than asked for")
    with pytest.raises(CommandError, match=rf"Job {job.pk} \(split demo\) did not succeed: fewer tiles than asked for"):
        Command()._wait(Step("split demo", "make-split", {}, lambda: False), job)


def test_sources_that_cannot_be_made_are_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "sources").write_text("a file where the folder should be")
    settings.EARTHSCAPE_STORE = tmp_path
    with pytest.raises(StoreUnavailable, match="NotADirectoryError"):
        demo.make_sources()
