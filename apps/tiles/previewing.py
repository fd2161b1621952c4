"""The kind `preview-region`: what a region would take, asked by a worker before anything large is downloaded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.jobs.models import Job
from apps.tiles.processing import ProcessRegionParameters, told_region
from workers.records.codec import from_data, to_data
from workers.records.previews import RegionPreview

KIND = "preview-region"


class PreviewRegionParameters(ProcessRegionParameters):
    """Those of `process-region`: it is submitted with exactly these afterwards."""


def prepare_preview(job: Job, folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = to_data(told_region(job))
    return data


def record_preview(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what was found as the job's result; nothing else is stored."""
    return {"preview": to_data(from_data(RegionPreview, result))}
