import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from pytest_django import Settings

from apps.jobs.kinds import kind_named
from apps.jobs.models import Job, JobState
from apps.jobs.parameters import InvalidParameters, check_parameters
from apps.jobs.services import cancel_job, submit
from apps.regions.models import RegionRaster
from apps.tiles.helping import prepare_help
from apps.tiles.processing import prepare_region
from tests.apps.tiles.processed import make_job
from tests.conftest import Person, WorkerProcess, wait_for
from workers.errors import NotFound

pytestmark = pytest.mark.django_db(transaction=True)

SIDE = 700


@pytest.fixture
def source(store: Path) -> Path:
    rows, cols = np.mgrid[0:SIDE, 0:SIDE]
    hills = (300 * np.sin(rows / 60) * np.cos(cols / 45) + np.random.default_rng(3).normal(0, 0.3, rows.shape)).astype(
        "f4"
    )
    (store / "sources").mkdir()
    place = Affine.translation(4_700_000, 3_560_000) @ Affine.scale(5, -5)
    profile = {"width": SIDE, "height": SIDE, "count": 1, "dtype": "float32", "crs": "EPSG:3089", "transform": place}
    with rasterio.open(store / "sources/dem.tif", "w", driver="GTiff", **profile) as target:
        target.write(hills, 1)
    return store / "sources/dem.tif"


def specification() -> dict[str, Any]:
    grid = {"crs": "EPSG:3089", "pixel_size": 5.0}
    return {
        "slug": "hills",
        "name": "Hills",
        "area": "Here",
        "grid": grid,
        "dem": {"paths": ["dem.tif"], "bands": ["dem"]},
    }


def process(person: Person, *, workers: int) -> Job:
    params = {"specification": specification(), "workers": workers}
    job, _ = submit(kind="process-region", params=params, owner=person.user)
    return job


def wait_for_end(job: Job, *, seconds: float = 120) -> None:
    def ended() -> bool:
        job.refresh_from_db()
        return job.state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)

    wait_for(ended, seconds=seconds, what=f"the end of {job}")


def checksums() -> dict[str, tuple[str, str]]:
    rows = RegionRaster.objects.filter(region__slug="hills")
    return {row.channel.name: (row.sha256, row.display_sha256) for row in rows.select_related("channel")}


def test_two_workers_with_the_store_at_two_places_make_the_bytes_of_one(
    source: Path, store: Path, tmp_path: Path, researcher: Person, start_worker: Callable[..., WorkerProcess]
) -> None:
    elsewhere = tmp_path / "mounted"
    elsewhere.symlink_to(store, target_is_directory=True)
    one = start_worker(concurrency=1)
    other = start_worker(concurrency=1, EARTHSCAPE_STORE=str(elsewhere))
    job = process(researcher, workers=2)
    wait_for_end(job)
    helper = Job.objects.get(kind="help-region")
    wait_for_end(helper)
    assert (job.state, helper.state) == (JobState.SUCCEEDED, JobState.SUCCEEDED)
    assert {job.worker, helper.worker} == {one.name, other.name}
    assert helper.result is not None
    assert helper.result["job"] == job.pk
    assert helper.result["parts"] >= 1
    together = checksums()
    assert len(together) == 31
    shutil.rmtree(store / "stages")
    wait_for_end(process(researcher, workers=1))
    assert checksums() == together
    assert Job.objects.filter(kind="help-region").count() == 1


def test_a_helper_ends_with_the_job_that_it_helps(
    source: Path, store: Path, researcher: Person, start_worker: Callable[..., WorkerProcess]
) -> None:
    start_worker(concurrency=2)
    job = process(researcher, workers=2)
    wait_for(lambda: Job.objects.filter(kind="help-region", stage="window").exists(), seconds=60, what="help")
    cancel_job(job=job, actor=researcher.user)
    helper = Job.objects.get(kind="help-region")
    wait_for_end(helper)
    wait_for_end(job)
    assert (job.state, helper.state) == (JobState.CANCELLED, JobState.SUCCEEDED)


def test_a_helper_that_comes_too_late_has_nothing_to_do(source: Path, store: Path, researcher: Person) -> None:
    job = make_job(researcher.user, {"specification": specification(), "workers": 2})
    helper = Job(kind="help-region", owner=researcher.user, params={"job": job.pk})
    assert prepare_help(helper, store) == {"told": None}


def test_the_owners_quota_leaves_helpers_out(source: Path, store: Path, researcher: Person, settings: Settings) -> None:
    settings.EARTHSCAPE_MAX_UNFINISHED_JOBS = 2
    checked = check_parameters(
        kind=kind_named("process-region"),
        params={"specification": specification(), "workers": 5},
        owner=researcher.user,
    )
    job = make_job(researcher.user, checked.params)
    folder = store / "jobs" / str(job.pk) / "0"
    folder.mkdir(parents=True)
    told = prepare_region(job, folder)
    assert Job.objects.filter(kind="help-region").count() == 1
    assert told["together"] == str(store / "stages/.together" / f"{job.pk}-0")
    assert json.loads((folder / "told.json").read_text())["together"] == told["together"]


def test_only_a_job_of_ones_own_is_helped(researcher: Person, curator: Person) -> None:
    job = make_job(curator.user, {})
    with pytest.raises(NotFound, match=f"You have no job {job.pk} that processes a region"):
        check_parameters(kind=kind_named("help-region"), params={"job": job.pk}, owner=researcher.user)


@pytest.mark.parametrize("workers", [0, 17])
def test_the_number_of_workers_is_bounded(source: Path, researcher: Person, workers: int) -> None:
    params = {"specification": specification(), "workers": workers}
    with pytest.raises(InvalidParameters, match="workers"):
        check_parameters(kind=kind_named("process-region"), params=params, owner=researcher.user)
