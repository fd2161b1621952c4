"""/api/v1/uploads"""

import hashlib
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.jobs.models import Job
from apps.regions.models import Upload
from apps.regions.receiving import StoreHandler
from tests.conftest import Person
from workers.errors import InvalidInput

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]
URL = "/api/v1/uploads"
MIB = 1 << 20
TIFF = b"II*\0" + bytes(200_000)


@pytest.fixture(autouse=True)
def limits(settings: Settings) -> None:
    settings.EARTHSCAPE_UPLOAD_FILE_MIB = 1
    settings.EARTHSCAPE_UPLOAD_QUOTA_MIB = 1
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0


def send(client: APIClient, content: bytes = TIFF, name: str = "dem.tif") -> Any:
    return client.post(URL, {"file": SimpleUploadedFile(name, content)}, format="multipart")


def files(store: Path) -> list[Path]:
    return [path for path in (store / "uploads").rglob("*") if path.is_file()]


def refused(answer: Any, store: Path) -> tuple[int, str]:
    """Nothing is left of what was refused."""
    assert files(store) == []
    assert not Upload.objects.exists()
    return answer.status_code, answer.json()["detail"]


def test_a_file_is_kept_whole_under_a_made_name(researcher: Person, store: Path) -> None:
    answer = send(researcher.client)
    upload = Upload.objects.get()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/api/v1/uploads/{upload.pk}")
    body = answer.json()
    assert (body["reference"], body["name"], body["kind"]) == (f"upload:{upload.pk}", "dem.tif", "geotiff")
    assert (body["size"], body["sha256"]) == (200_004, hashlib.sha256(TIFF).hexdigest())
    assert files(store) == [store / "uploads" / upload.folder / f"upload-{upload.pk}.tif"]
    assert upload.path.read_bytes() == TIFF


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"MM\0+" + bytes(20), "geotiff"),
        (b"SQLite format 3\0" + bytes(52) + b"GPKG", "geopackage"),
        (b'\xef\xbb\xbf {"type": "FeatureCollection", "features": []}', "geojson"),
        (b"fgb\x03fgb\x00" + bytes(20), "flatgeobuf"),
        (b"PK\x03\x04" + bytes(20), "zip"),
    ],
)
def test_the_first_bytes_say_what_it_is(researcher: Person, content: bytes, kind: str) -> None:
    assert send(researcher.client, content, "data.bin").json()["kind"] == kind


@pytest.mark.parametrize(
    "content",
    [b"7z\xbc\xaf\x27\x1c" + bytes(9000), b"<html>", b"", b'{"type": "Topology"}', b"SQLite format 3\0" + bytes(100)],
)
def test_other_content_is_refused(researcher: Person, store: Path, content: bytes) -> None:
    status, detail = refused(send(researcher.client, content), store)
    assert status == 400
    assert detail.startswith("The file is none of GeoTIFF, GeoPackage, GeoJSON, FlatGeobuf, zip")


def test_a_file_too_large_is_refused_and_leaves_nothing(researcher: Person, store: Path) -> None:
    answer = send(researcher.client, b"II*\0" + bytes(MIB))
    assert refused(answer, store) == (413, "The file is larger than 1 MiB, the most for one upload.")


def test_the_owners_quota_holds_for_all_files_together(researcher: Person, curator: Person, store: Path) -> None:
    for _ in range(5):
        assert send(researcher.client).status_code == 201
    answer = send(researcher.client)
    assert (answer.status_code, len(files(store))) == (429, 5)
    assert answer.json()["detail"].startswith("Your uploads may take 1 MiB together.")
    assert send(curator.client).status_code == 201


def test_some_of_the_disk_is_left_free(researcher: Person, store: Path, settings: Settings) -> None:
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = shutil.disk_usage(store).total // MIB
    status, detail = refused(send(researcher.client), store)
    assert status == 503
    assert detail.startswith("The server's disk is too full")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\\\data\\\\dem.tif", "dem.tif"),
        ("de\0m.tif", "dem.tif"),
        ("x" * 300 + ".tif", "x" * 251 + ".tif"),
    ],
)
def test_a_name_is_only_a_name(researcher: Person, name: str, kept: str) -> None:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    researcher.client.post(URL, head + TIFF + b"\r\n--b--\r\n", content_type="multipart/form-data; boundary=b")
    upload = Upload.objects.get()
    assert upload.name == kept
    assert upload.path.name == f"upload-{upload.pk}.tif"


def test_two_files_at_once_are_refused(researcher: Person, store: Path) -> None:
    both = {"file": SimpleUploadedFile("a.tif", TIFF), "more": SimpleUploadedFile("b.tif", TIFF)}
    answer = researcher.client.post(URL, both, format="multipart")
    assert refused(answer, store) == (400, "Send one file at a time.")


def test_a_body_that_breaks_off_leaves_nothing(store: Path) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.tif"\r\n\r\n' + TIFF
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=b", "wsgi.input": BytesIO(body)}
    request = WSGIRequest(environ | {"CONTENT_LENGTH": str(len(body) + 10)})
    request.upload_handlers = [StoreHandler(request)]
    with pytest.raises(InvalidInput, match="broke off before its end"):
        _ = request.FILES
    assert files(store) == []


def test_a_form_without_a_file_is_refused(researcher: Person) -> None:
    answer = researcher.client.post(URL, {"file": "text"}, format="multipart")
    assert (answer.status_code, answer.json()["detail"]) == (400, "file: no file was sent, or it has no name.")


def test_who_may_not_upload(viewer: Person, anonymous: APIClient, store: Path) -> None:
    assert refused(send(viewer.client), store) == (403, "Only a researcher may upload files.")
    assert send(anonymous).status_code == 401


def test_a_forged_request_is_refused(researcher: Person, store: Path) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(researcher.user)
    answer = browser.post(URL, {"file": SimpleUploadedFile("a.tif", TIFF)})
    assert refused(answer, store)[0] == 403


def test_a_wrong_method_is_405(researcher: Person) -> None:
    pk = send(researcher.client).json()["id"]
    assert researcher.client.put(URL).status_code == 405
    assert researcher.client.patch(f"{URL}/{pk}").status_code == 405


def test_only_the_owner_and_administrators_see_it(
    researcher: Person, curator: Person, administrator: Person, store: Path
) -> None:
    pk = send(researcher.client).json()["id"]
    for someone, seen in ((researcher, 1), (curator, 0), (administrator, 1)):
        assert len(someone.client.get(URL).json()["results"]) == seen
        assert someone.client.get(f"{URL}/{pk}").status_code == (200 if seen else 404)
    assert curator.client.delete(f"{URL}/{pk}").status_code == 404
    assert len(files(store)) == 1


def test_a_deleted_file_is_gone(researcher: Person, store: Path) -> None:
    pk = send(researcher.client).json()["id"]
    assert researcher.client.delete(f"{URL}/{pk}").status_code == 204
    assert researcher.client.delete(f"{URL}/{pk}").status_code == 404
    assert [path.name for path in (store / "uploads").iterdir()] == ["incoming"]


def test_what_an_unfinished_job_reads_is_not_deleted(researcher: Person) -> None:
    pk = send(researcher.client).json()["id"]
    manifest = {"files": {str(Upload.objects.get().path): 1}}
    job = Job.objects.create(
        kind="process-region", owner=researcher.user, content_hash="", queue="long", input_manifest=manifest
    )
    answer = researcher.client.delete(f"{URL}/{pk}")
    assert answer.status_code == 409
    assert answer.json()["detail"] == f"Job {job.pk} reads upload:{pk}. Cancel it or wait until it has finished."
