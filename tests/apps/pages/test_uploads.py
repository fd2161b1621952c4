from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.regions.models import Upload

pytestmark = pytest.mark.usefixtures("store")
TIFF = b"II*\0raster"


@pytest.fixture(autouse=True)
def no_reserve(settings: Settings) -> None:
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0


def send(client: Client, content: bytes = TIFF, name: str = "a.tif") -> str:
    answer = client.post("/uploads/", {"file": SimpleUploadedFile(name, content)}, follow=True)
    return answer.content.decode()


def test_a_file_is_listed_with_the_text_to_paste(researcher_client: Client) -> None:
    page = send(researcher_client, name="<b>dem.tif")
    assert f"<code>upload:{Upload.objects.get().pk}</code>" in page
    assert "&lt;b&gt;dem.tif" in page
    assert "<b>dem" not in page


def test_what_is_refused_is_told_on_the_page(researcher_client: Client) -> None:
    assert "The file is none of GeoTIFF" in send(researcher_client, b"PK")
    assert "no file was sent" in researcher_client.post("/uploads/", follow=True).content.decode()
    assert not Upload.objects.exists()


def test_a_viewer_may_not_upload(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    assert client.post("/uploads/", {"file": SimpleUploadedFile("a.tif", TIFF)}).status_code == 403
    assert "Ask an administrator" in client.get("/uploads/").content.decode()


def test_a_forged_upload_is_refused_and_leaves_nothing(researcher_client: Client, store: Path) -> None:
    researcher_client.handler.enforce_csrf_checks = True
    assert researcher_client.post("/uploads/", {"file": SimpleUploadedFile("a.tif", TIFF)}).status_code == 403
    assert not [path for path in store.rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_a_file_is_deleted_by_its_owner_alone(researcher_client: Client, store: Path) -> None:
    send(researcher_client)
    upload = Upload.objects.get()
    other = Client()
    other.force_login(User.objects.create_user("olga", role=Role.CURATOR))
    assert other.post(f"/uploads/{upload.pk}/delete/").status_code == 404
    answer = researcher_client.post(f"/uploads/{upload.pk}/delete/", follow=True)
    assert "a.tif is deleted." in answer.content.decode()
    assert not upload.path.exists()


def test_the_form_for_a_region_leads_here(researcher_client: Client) -> None:
    assert 'href="/uploads/"' in researcher_client.get("/jobs/new/process-region/").content.decode()
    assert 'href="/uploads/"' not in researcher_client.get("/jobs/new/train/").content.decode()
