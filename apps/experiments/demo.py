"""The demo: two made regions, a split over them and three runs, each made only where it is not there already."""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.accounts.models import User, Visibility
from apps.experiments.models import Run
from apps.experiments.specification import read_specification
from apps.jobs.models import Job
from apps.jobs.services import submit
from apps.regions.models import Region
from apps.splits.models import Split
from workers.errors import Conflict, StoreUnavailable
from workers.records.codec import from_data, to_data
from workers.records.regions import RegionSpec

NAME = "demo"
IN_DOMAIN, CROSS_DOMAIN = "demo-west", "demo-east"
SPLIT = {
    "name": NAME,
    "dataset_version": NAME,
    "in_domain": [IN_DOMAIN],
    "cross_domain": [CROSS_DOMAIN],
    "test_size": 24,
    "val_size": 32,
    "cross_size": 200,
    "seed": 111,
    "visibility": Visibility.PUBLIC.value,
}


@dataclass(frozen=True)
class Step:
    """One job of the demo: what it makes, its kind and parameters, and whether that is there already."""

    title: str
    kind: str
    params: Mapping[str, Any]
    is_current: Callable[[], bool]


def make_sources() -> list[RegionSpec]:
    """Have the sources made below the store, in a process of their own, and return the regions' specifications.

    Raises:
        StoreUnavailable: they could not be made; the message holds what the process said last.
    """
    folder = Path(settings.EARTHSCAPE_STORE).resolve() / "sources" / NAME
    command = [sys.executable, "-m", "workers.demo", str(folder)]
    made = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    if made.returncode:
        said = made.stderr.strip().splitlines() or [f"the process ended with status {made.returncode}"]
        raise StoreUnavailable(f"The sources of the demo could not be made: {said[-1]}")
    found = [json.loads(Path(line).read_text(encoding="utf-8")) for line in made.stdout.splitlines()]
    return [from_data(RegionSpec, data["region"]) for data in found]


def region_steps(specs: Iterable[RegionSpec]) -> list[Step]:
    return [_region_step(spec) for spec in specs]


def _region_step(spec: RegionSpec) -> Step:
    data = json.loads(json.dumps(to_data(spec)))
    params = {"specification": data, "visibility": Visibility.PUBLIC.value, "dataset_version": NAME}

    def is_current() -> bool:
        region = Region.objects.select_related("job").filter(slug=spec.slug, origin=Region.Origin.MADE).first()
        return region is not None and region.job is not None and region.job.params.get("specification") == data

    return Step(f"region {spec.slug}", "process-region", params, is_current)


def split_step() -> Step:
    return Step(f"split {NAME}", "make-split", SPLIT, Split.objects.filter(name=NAME).exists)


def run_steps() -> list[Step]:
    folder = Path(settings.BASE_DIR) / "workers" / "demo" / "runs"
    return [_run_step(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))]


def _run_step(text: str) -> Step:
    name = read_specification(text).name
    split = Split.objects.get(name=NAME)
    current = Run.objects.filter(name=name, specification_text=text, split_checksum=split.checksum)
    params = {"specification": text, "visibility": Visibility.PUBLIC.value}
    return Step(f"run {name}", "train", params, current.exists)


def submit_missing(steps: Iterable[Step], *, owner: User) -> list[tuple[Step, Job]]:
    """Submit what is not there, or find its unfinished job, and return the jobs to wait for."""
    return [(step, _unfinished(step, owner) or _submit(step, owner)) for step in steps if not step.is_current()]


def _key(step: Step) -> str:
    return f"load_demo {step.title} "


def _unfinished(step: Step, owner: User) -> Job | None:
    """The job of an interrupted call, which goes on in the worker."""
    return Job.objects.unfinished().filter(owner=owner, idempotency_key__startswith=_key(step)).first()


def _submit(step: Step, owner: User) -> Job:
    if step.kind == "train":
        _clear_outdated(step, owner)
    job, _ = submit(
        kind=step.kind, params=dict(step.params), owner=owner, idempotency_key=_key(step) + uuid.uuid4().hex
    )
    return job


def _clear_outdated(step: Step, owner: User) -> None:
    """Remove the demo's own run of another specification or split, whose name is to be used again.

    Raises:
        Conflict: the name is somebody's own run.
    """
    name = step.title.removeprefix("run ")
    run = Run.objects.filter(name=name).first()
    if run is None:
        return
    if not run.made or run.origin != Run.Origin.TRAINED or run.owner_id != owner.pk:
        raise Conflict(f"The demo makes a run {name}, and another run has that name: rename or delete that one.")
    run.delete()
