"""The first hour: the form and what it writes, the preview, and what is refused; tests/browser goes all the way."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.jobs.models import Job
from apps.regions.models import Upload
from apps.tiles.first_hour import Box, first_hour_specification
from tests.apps.pages.ground import BOUNDS, YEARS, geologic_map
from workers.records.downloads import HostRule

FORM = {"name": "First square", "longitude": "-86.5", "latitude": "36.93", "size": "0.5", "visibility": "private"}
FORM |= {"attribute": "MapUnit", "area": "Warren County"}
HOSTS = ["kygisserver.ky.gov", "services3.arcgis.com", "hydro.nationalmap.gov", "overpass-api.de"]
HOSTS += ["kyfromabove.s3.us-west-2.amazonaws.com", "ky.box.com", "dl.boxcloud.com", "public.boxcloud.com"]
PREVIEW: dict[str, Any] = {
    "width": 10,
    "height": 20,
    "download_minutes": 1.5,
    "process_minutes": 1.1,
    "sources": [
        {
            "role": "dem",
            "tiles": 2,
            "features": 0,
            "size": 3 << 20,
            "kept": 1 << 20,
            "unknown": 1,
            "notes": ["https://a.example/<b>: the server answers 403"],
        },
        {"role": "roads", "tiles": 0, "features": 7, "size": 900, "kept": 900, "unknown": 0, "notes": []},
    ],
}


@pytest.fixture
def rita(client: Client, db: None) -> User:
    user = User.objects.create_user("rita", role=Role.RESEARCHER)
    client.force_login(user)
    return user


def allow(settings: Settings, *hosts: HostRule) -> None:
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = hosts


def allow_all(settings: Settings, *but: str) -> None:
    allow(settings, *(HostRule(host) for host in HOSTS if host not in but))


def previewed(owner: User, **changes: Any) -> Job:
    params = {"specification": {"slug": "first-square", "name": "First square"}, "visibility": "private"}
    about: dict[str, Any] = {
        "state": "succeeded",
        "result": {"preview": PREVIEW},
        "finished_at": "2026-01-01T00:00Z",
        "params": params,
    }
    about |= {"kind": "preview-region", "content_hash": "p", "queue": "short"}
    return Job.objects.create(owner=owner, **(about | changes))


def submitted(client: Client, **changes: str) -> Job:
    answer = client.post("/jobs/new/preview-region/", FORM | changes)
    assert answer.status_code == 302, answer.context["form"].errors
    return Job.objects.latest("pk")


def test_the_dataset_page_leads_people_who_may_process_there(client: Client, rita: User) -> None:
    link = "/jobs/new/preview-region/"
    assert link in client.get("/dataset/").content.decode()
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    assert link not in client.get("/dataset/").content.decode()
    client.logout()
    assert link not in client.get("/dataset/").content.decode()


def test_the_form_names_the_hosts_that_are_missing(client: Client, rita: User, settings: Settings) -> None:
    allow(settings, HostRule("ky.box.com"), HostRule("mirror.local", 8080, private=True))
    text = client.get("/jobs/new/preview-region/").content.decode()
    assert "7 of the 8 hosts that are asked are not on the operator's list" in text
    assert re.search(r'<button class="button primary" type="submit" disabled>Preview bytes and minutes', text)
    assert "<li><code>kygisserver.ky.gov</code> (index of elevation)</li>" in text
    assert "<li><code>public.boxcloud.com</code> (files of elevation and imagery)</li>" in text
    assert (
        "EARTHSCAPE_DOWNLOAD_HOSTS=&quot;ky.box.com, private:mirror.local:8080, kygisserver.ky.gov, "
        "services3.arcgis.com, hydro.nationalmap.gov, overpass-api.de, kyfromabove.s3.us-west-2.amazonaws.com, "
        "dl.boxcloud.com, public.boxcloud.com&quot;"
    ) in text
    assert '<a href="/jobs/new/import-tiles/">Import them instead</a>' in text
    assert '<a href="/uploads/">Upload it</a>' in text


def test_a_specification_is_written_from_a_place_and_a_size(client: Client, rita: User, settings: Settings) -> None:
    allow_all(settings)
    spec = submitted(client).params["specification"]
    side = 1645.0  # 0.5 km are 1640.4 US survey feet, in whole pixels of 5
    assert spec["grid"]["crs"] == "EPSG:3089"
    assert spec["grid"]["bounds"] == [*BOUNDS, BOUNDS[0] + side, BOUNDS[1] + side]
    assert (spec["slug"], spec["dem"]["index"]["id"]) == ("first-square", "TileName")
    assert [field["year"] for field in spec["imagery"]["index"]["urls"]] == YEARS
    assert spec["streams"]["service"]["layers"] == [3, 4, 8, 9]
    assert Job.objects.get().queue == "short"


def test_a_square_belongs_to_the_area_that_is_told(client: Client, rita: User, settings: Settings) -> None:
    allow_all(settings)
    page = client.get("/jobs/new/preview-region/").content.decode()
    assert re.search(r'name="area" value="Warren County" maxlength="60"', page)
    assert "Regions of one area are one domain" in page
    changes = {"longitude": "-85.9", "latitude": "37.7", "area": "Hardin County"}
    assert submitted(client, **changes).params["specification"]["area"] == "Hardin County"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"size": "21"}, "size"),
        ({"longitude": "0"}, "longitude"),
        ({"latitude": "60"}, "latitude"),
        ({"area": " "}, "area"),
        ({"area": "a" * 61}, "area"),
    ],
)
def test_a_place_elsewhere_or_too_large_a_square_is_refused(
    client: Client, rita: User, changes: dict[str, str], field: str
) -> None:
    answer = client.post("/jobs/new/preview-region/", FORM | changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]


@pytest.mark.parametrize("kind", ["preview-region", "process-region"])
def test_without_all_hosts_form_and_rest_refuse_and_name_them(
    client: Client, rita: User, settings: Settings, kind: str
) -> None:
    allow_all(settings, "overpass-api.de", "ky.box.com")
    told = (
        "specification: may not be asked yet: overpass-api.de (roads), ky.box.com (files of elevation and imagery). "
        "The operator adds what is missing to EARTHSCAPE_DOWNLOAD_HOSTS and starts the site again."
    )
    answer = client.post("/jobs/new/preview-region/", FORM)
    assert (answer.status_code, answer.context["form"].non_field_errors()) == (400, [told])
    specification = first_hour_specification(Box("square", "Square"))
    body = {"kind": kind, "params": {"specification": specification}}
    answer = client.post("/api/v1/jobs", body, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (400, told)
    assert not Job.objects.exists()


def test_without_any_host_the_form_says_so(client: Client, rita: User) -> None:
    answer = client.post("/jobs/new/preview-region/", FORM)
    [told] = answer.context["form"].non_field_errors()
    assert all(host in told for host in [*HOSTS, "EARTHSCAPE_DOWNLOAD_HOSTS"])


def test_a_host_that_was_taken_off_the_list_is_told_on_the_preview(
    client: Client, rita: User, settings: Settings
) -> None:
    allow_all(settings)
    preview = submitted(client)
    Job.objects.update(state="succeeded", result={"preview": PREVIEW}, finished_at="2026-01-01T00:00Z")
    allow_all(settings, "overpass-api.de")
    answer = client.post(f"/jobs/{preview.pk}/process/", follow=True)
    assert answer.redirect_chain == [(f"/jobs/{preview.pk}/", 302)]
    assert "It cannot be processed. specification: may not be asked yet: overpass-api.de" in answer.content.decode()
    assert Job.objects.count() == 1


def test_a_preview_shows_bytes_minutes_and_what_nobody_knows(client: Client, rita: User) -> None:
    text = client.get(f"/jobs/{previewed(rita).pk}/").content.decode()
    for told in (
        "What First square takes",
        '<td class="num">2 tiles</td><td class="num">3.0\xa0MB + ?</td><td class="num">1.0\xa0MB</td>',
        '<td class="num">7 features</td><td class="num">900\xa0bytes</td><td class="num">all</td>',
        "1.0\xa0MB of 3.0\xa0MB are here already",
        "1.5 minutes",
        "1.1 minutes",
        "Elevation: 1 file of unknown size",
        "https://a.example/&lt;b&gt;",
        "Process it",
    ):
        assert told in text


def test_a_preview_of_which_everything_is_here_downloads_nothing(client: Client, rita: User) -> None:
    [_, roads] = PREVIEW["sources"]
    text = client.get(f"/jobs/{previewed(rita, result={'preview': PREVIEW | {'sources': [roads]}}).pk}/").content
    assert b"Nothing is left to download; about <strong>1.1 minutes</strong> to process" in text


def test_a_preview_from_before_kept_files_were_counted_is_still_shown(client: Client, rita: User) -> None:
    [dem, _] = PREVIEW["sources"]
    older = {name: value for name, value in dem.items() if name != "kept"}
    text = client.get(f"/jobs/{previewed(rita, result={'preview': PREVIEW | {'sources': [older]}}).pk}/").content
    assert b"1.5 minutes" in text
    assert b"here already" not in text


def test_only_a_finished_preview_is_processed(client: Client, rita: User) -> None:
    for changes in ({"state": "failed", "result": None}, {"kind": "process-region"}):
        job = previewed(rita, **changes)
        assert client.post(f"/jobs/{job.pk}/process/").status_code == 404
    assert client.get(f"/jobs/{previewed(rita).pk}/process/").status_code == 405
    other = previewed(User.objects.create_user("otto", role=Role.RESEARCHER))
    assert client.post(f"/jobs/{other.pk}/process/").status_code == 404


def test_one_of_ones_uploads_is_the_geologic_map(
    client: Client, rita: User, settings: Settings, store: Path, tmp_path: Path
) -> None:
    allow_all(settings)
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0
    sent = [b"II*\0raster", geologic_map(tmp_path).read_bytes()]
    for content in sent:
        client.post("/api/v1/uploads", {"file": SimpleUploadedFile("x", content)})
    raster, units = Upload.objects.order_by("pk")
    form = client.get("/jobs/new/preview-region/").context["form"]
    assert [label for _, label in form.fields["map_units"].choices] == [
        "None: 37 channels, and tiles without labels",
        f"x ({units.reference})",
    ]
    spec = submitted(client, map_units=str(units.pk), attribute="Unit").params["specification"]
    assert (spec["map_units"]["paths"], spec["map_units"]["attribute"]) == ([str(units.path)], "Unit")
    refused = client.post("/jobs/new/preview-region/", FORM | {"map_units": str(raster.pk)})
    assert list(refused.context["form"].errors) == ["map_units"]
