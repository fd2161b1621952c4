"""Regions from uploads, from the request that sends the file to the region's rasters, by a real worker."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from apps.jobs.models import Job, JobState
from apps.jobs.services import submit
from apps.regions.models import Region, Upload
from tests.conftest import Person, WorkerProcess, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def tiff(*, left: float, crs: str | None = "EPSG:3089") -> bytes:
    """A slope that rises by 1 ft each foot to the east, 32 x 64 pixels of 5 ft."""
    rising = np.broadcast_to(left + 5 * np.arange(32, dtype="f4"), (64, 32)).astype("f4")
    place = Affine.translation(4_700_000 + left, 3_560_000) @ Affine.scale(5, -5)
    with rasterio.MemoryFile() as memory:
        with memory.open(driver="GTiff", width=32, height=64, count=1, dtype="f4", crs=crs, transform=place) as target:
            target.write(rising, 1)
        return bytes(memory.read())


def send(someone: Person, content: bytes) -> str:
    sent = someone.client.post("/api/v1/uploads", {"file": SimpleUploadedFile("mine", content)}, format="multipart")
    return str(sent.json()["reference"])


def processed(someone: Person, reference: str) -> Job:
    specification: dict[str, Any] = {
        "slug": "ramp",
        "name": "Ramp",
        "area": "Here",
        "grid": {"crs": "EPSG:3089", "pixel_size": 5.0},
        "dem": {"paths": [reference], "bands": ["dem"]},
        "terrain": {"resolutions": [10.0], "windows": [5]},
        "tiles": {"size": 16, "step": 8},
    }
    job, _ = submit(kind="process-region", params={"specification": specification}, owner=someone.user)

    def ended() -> bool:
        job.refresh_from_db()
        return job.state in (JobState.SUCCEEDED, JobState.FAILED)

    wait_for(ended, seconds=120, what=f"the end of {job}")
    return job


def test_a_zip_of_two_elevation_files_becomes_a_region(
    researcher: Person, start_worker: Callable[..., WorkerProcess], store: Path, settings: Settings
) -> None:
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0
    start_worker(concurrency=1)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("dem/east.tif", tiff(left=160))
        target.writestr("dem/west.tif", tiff(left=0))
    reference = send(researcher, packed.getvalue())
    job = processed(researcher, reference)
    assert job.state == JobState.SUCCEEDED, job.error
    region = Region.objects.get(slug="ramp")
    dem = region.rasters.get(channel__name="dem")
    with rasterio.open(store / dem.path) as dataset:
        assert dataset.read(1)[10].tolist() == [5.0 * col for col in range(64)]
    assert [source.path for source in region.sources.all()] == [reference]


def test_what_is_wrong_with_an_upload_is_said_by_its_number(
    researcher: Person, start_worker: Callable[..., WorkerProcess], settings: Settings
) -> None:
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0
    start_worker(concurrency=1)
    job = processed(researcher, send(researcher, tiff(left=0, crs=None)))
    upload = Upload.objects.get()
    assert job.state == JobState.FAILED
    assert f"upload-{upload.pk}.tif: has no coordinate reference system" in str(job.error)
    assert not Region.objects.exists()
