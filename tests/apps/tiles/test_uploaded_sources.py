"""Uploads among the paths of a region's specification."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from apps.jobs.kinds import kind_named
from apps.jobs.parameters import check_parameters
from apps.regions.models import Upload
from apps.tiles.processing import prepare_region
from tests.apps.tiles.processed import make_job, specification
from tests.conftest import Person
from workers.errors import InvalidInput
from workers.records.downloads import HostRule

pytestmark = pytest.mark.django_db
BOUNDED = {"crs": "EPSG:3089", "pixel_size": 5, "bounds": [0, 0, 50, 50]}
SHA256 = "c8fdb5390291a3b111bd2a8a99fd74e9c4729105c1cbe57e670315f927422da5"


@pytest.fixture
def uploaded(store: Path, researcher: Person, settings: Settings) -> Upload:
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0
    return send(researcher, b"II*\0raster")


def send(someone: Person, content: bytes) -> Upload:
    answer = someone.client.post("/api/v1/uploads", {"file": SimpleUploadedFile("x", content)}, format="multipart")
    return Upload.objects.get(pk=answer.json()["id"])


def check(someone: Person, path: str, **changed: Any) -> dict[str, Any]:
    params = {"specification": specification(Path(path), **changed)}
    return check_parameters(kind=kind_named("process-region"), params=params, owner=someone.user).params


def test_an_uploaded_elevation_model_reaches_the_job(uploaded: Upload, researcher: Person, tmp_path: Path) -> None:
    job = make_job(researcher.user, check(researcher, uploaded.reference))
    told = prepare_region(job, tmp_path)
    assert told["region"]["dem"]["paths"] == (str(uploaded.path),)
    (source,) = json.loads((tmp_path / "sources.json").read_text())
    assert source == {"role": "dem", "path": uploaded.reference, "bands": ["dem"], "sha256": SHA256, "size": 10}


def test_an_administrator_may_use_it(uploaded: Upload, administrator: Person) -> None:
    assert check(administrator, uploaded.reference)["specification"]["dem"]["paths"] == [str(uploaded.path)]


def test_someone_elses_upload_cannot_be_used(uploaded: Upload, curator: Person) -> None:
    for path in (uploaded.reference, str(uploaded.path)):
        with pytest.raises(InvalidInput, match=rf"specification.dem.paths: you have no {path}; the page Uploads"):
            check(curator, path)


@pytest.mark.parametrize("reference", ["upload:999999", "upload:x", "upload:", "upload:1/../2", "upload:1\0"])
def test_an_upload_that_is_not_there_is_named(uploaded: Upload, researcher: Person, reference: str) -> None:
    with pytest.raises(InvalidInput, match=r"specification.dem.paths: you have no upload:"):
        check(researcher, reference)


def test_vectors_are_no_raster_nor_the_other_way_round(uploaded: Upload, researcher: Person) -> None:
    lines = send(researcher, b'{"type": "FeatureCollection", "features": []}')
    with pytest.raises(InvalidInput, match=rf"dem.paths: {lines.reference} is GeoJSON, a GeoTIFF expected"):
        check(researcher, lines.reference)
    with pytest.raises(InvalidInput, match=rf"streams.paths: {uploaded.reference} is GeoTIFF, vectors expected"):
        check(researcher, uploaded.reference, streams={"paths": [uploaded.reference]})


def test_a_job_whose_upload_was_deleted_says_so(uploaded: Upload, researcher: Person, tmp_path: Path) -> None:
    job = make_job(researcher.user, check(researcher, uploaded.reference))
    uploaded.delete()
    with pytest.raises(InvalidInput, match="the page Uploads lists yours"):
        prepare_region(job, tmp_path)


def test_a_file_lost_from_the_store_is_named(uploaded: Upload, researcher: Person) -> None:
    uploaded.path.unlink()
    with pytest.raises(InvalidInput, match=rf"{uploaded.reference} is gone from the store; upload it again"):
        check(researcher, uploaded.reference)


def test_a_zip_is_no_index(uploaded: Upload, researcher: Person, settings: Settings) -> None:
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("a.example"),)
    packed = send(researcher, b"PK\3\4" + bytes(30))
    index = {"path": packed.reference, "id": "Tile", "urls": [{"url": "u"}]}
    with pytest.raises(InvalidInput, match=rf"dem.index.path: {packed.reference} is zip, vectors expected"):
        check(researcher, uploaded.reference, grid=BOUNDED, dem={"bands": ["dem"], "index": index})


def test_an_upload_from_before_files_were_called_by_their_number_is_found(uploaded: Upload, researcher: Person) -> None:
    before = uploaded.path.rename(uploaded.path.with_name("source.tif"))
    Upload.objects.update(stem="source")
    assert check(researcher, uploaded.reference)["specification"]["dem"]["paths"] == [str(before)]
