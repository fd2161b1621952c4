"""The kind `help-region`: another worker at a region that is being processed."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from rest_framework import serializers

from apps.jobs.folders import attempt_folder
from apps.jobs.models import Job, JobState
from apps.jobs.services import Hold, submit
from apps.tiles.sources import allowed_downloads
from workers.errors import NotFound, QuotaExceeded
from workers.files import write_text
from workers.records.codec import from_data, to_data
from workers.records.regions import HelpRegion, HelpResult, ProcessRegion

KIND = "help-region"
HELPED = "process-region"
TOLD = "told.json"

logger = logging.getLogger(__name__)


class HelpRegionParameters(serializers.Serializer[Any]):
    job = serializers.IntegerField(min_value=1, help_text="The job to help: one of your own that processes a region.")

    def validate_job(self, pk: int) -> int:
        if not Job.objects.filter(pk=pk, kind=HELPED, owner=self.context["user"]).exists():
            raise NotFound(f"You have no job {pk} that processes a region.")
        return pk


def with_help(told: ProcessRegion, *, job: Job, folder: Path, workers: int) -> ProcessRegion:
    """Submit a job for each worker that shall help, and return what the job's child is told then.

    1. What it is told is left in the attempt's folder, where the helpers find it. 2. A job is submitted for each, once
    for each attempt; those that the owner's quota does not allow are left out, the region is made all the same.
    """
    told = seen_from_here(told, job)
    write_text(folder / TOLD, json.dumps(to_data(told)))
    for number in range(1, workers):
        try:
            key = f"help-{job.pk}-{job.fence}-{number}"
            submit(kind=KIND, params={"job": job.pk}, owner=job.owner, idempotency_key=key)
        except QuotaExceeded as error:
            logger.info("job %s goes on with fewer helpers: %s", job.pk, error)
            break
    return told


def prepare_help(job: Job, folder: Path) -> dict[str, Any]:
    """Return what the job that is helped was told, or nothing where it does not run any more."""
    helped = Job.objects.get(pk=job.params["job"])
    path = attempt_folder(Hold(helped.pk, helped.fence)) / TOLD
    if helped.state != JobState.RUNNING or not path.is_file():
        return {"told": None}
    told = from_data(ProcessRegion, json.loads(path.read_text(encoding="utf-8")))
    data: dict[str, Any] = to_data(HelpRegion(seen_from_here(told, helped)))
    return data


def seen_from_here(told: ProcessRegion, job: Job) -> ProcessRegion:
    """Return what the workers at one region are told, with the folders of the store as this host sees them."""
    stages = Path(settings.EARTHSCAPE_STORE) / "stages"
    together = stages / ".together" / f"{job.pk}-{job.fence}"
    return replace(told, stages=str(stages), together=str(together), downloads=allowed_downloads())


def record_help(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    found = from_data(HelpResult, result)
    return {"job": job.params["job"], "parts": found.parts}
