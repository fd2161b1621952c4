"""The first hour: from the form over the preview to the region, with a real worker and services served here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.jobs.models import Job, JobState
from apps.regions.models import Region, RegionRaster
from tests.conftest import WorkerProcess, wait_for
from tests.workers.conftest import WriteRaster, write_raster  # noqa: F401  # a fixture
from tests.workers.sources.answering import ServedLayer, feature, overpass, way
from tests.workers.sources.served import Server, ranged, serving
from workers.records.downloads import HostRule

FORM = {"name": "First square", "longitude": "-86.5", "latitude": "36.93", "size": "0.5", "visibility": "private"}
BOUNDS = (4_701_195.0, 3_498_155.0)  # of the lower left corner of that square
YEARS = [2022, 2021, 2020, 2019, 2014, 2013, 2012]
PREVIEW = {
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
            "unknown": 1,
            "notes": ["https://a.example/<b>: the server answers 403"],
        },
        {"role": "roads", "tiles": 0, "features": 7, "size": 900, "unknown": 0, "notes": []},
    ],
}


@pytest.fixture
def rita(client: Client, db: None) -> User:
    user = User.objects.create_user("rita", role=Role.RESEARCHER)
    client.force_login(user)
    return user


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def allow(settings: Settings, *hosts: HostRule) -> None:
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = hosts


def previewed(owner: User, **changes: Any) -> Job:
    params = {"specification": {"slug": "first-square"}, "visibility": "private"}
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
    assert "7 of the 8 hosts" in text
    assert (
        "EARTHSCAPE_DOWNLOAD_HOSTS=&quot;ky.box.com, private:mirror.local:8080, kygisserver.ky.gov, "
        "services3.arcgis.com, hydro.nationalmap.gov, overpass-api.de, kyfromabove.s3.us-west-2.amazonaws.com, "
        "dl.boxcloud.com, public.boxcloud.com&quot;"
    ) in text
    assert '<a href="/jobs/new/import-tiles/">Import them instead</a>' in text


def test_a_specification_is_written_from_a_place_and_a_size(client: Client, rita: User, settings: Settings) -> None:
    allow(settings, HostRule("ky.box.com"))
    spec = submitted(client).params["specification"]
    side = 1645.0  # 0.5 km are 1640.4 US survey feet, in whole pixels of 5
    assert spec["grid"]["crs"] == "EPSG:3089"
    assert spec["grid"]["bounds"] == [*BOUNDS, BOUNDS[0] + side, BOUNDS[1] + side]
    assert (spec["slug"], spec["dem"]["index"]["id"]) == ("first-square", "TileName")
    assert [field["year"] for field in spec["imagery"]["index"]["urls"]] == YEARS
    assert spec["streams"]["service"]["layers"] == [3, 4, 8, 9]
    assert Job.objects.get().queue == "short"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"size": "21"}, "size"), ({"longitude": "0"}, "longitude"), ({"latitude": "60"}, "latitude")],
)
def test_a_place_elsewhere_or_too_large_a_square_is_refused(
    client: Client, rita: User, changes: dict[str, str], field: str
) -> None:
    answer = client.post("/jobs/new/preview-region/", FORM | changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]


def test_without_any_host_the_form_says_so(client: Client, rita: User) -> None:
    answer = client.post("/jobs/new/preview-region/", FORM)
    assert "EARTHSCAPE_DOWNLOAD_HOSTS" in str(answer.context["form"].non_field_errors())


def test_a_preview_shows_bytes_minutes_and_what_nobody_knows(client: Client, rita: User) -> None:
    text = client.get(f"/jobs/{previewed(rita).pk}/").content.decode()
    for told in (
        "3.0",
        "1.5 minutes",
        "1.1 minutes",
        "and 1 file of unknown size",
        "https://a.example/&lt;b&gt;",
        "Process it",
    ):
        assert told in text


def test_only_a_finished_preview_is_processed(client: Client, rita: User) -> None:
    for changes in ({"state": "failed", "result": None}, {"kind": "process-region"}):
        job = previewed(rita, **changes)
        assert client.post(f"/jobs/{job.pk}/process/").status_code == 404
    assert client.get(f"/jobs/{previewed(rita).pk}/process/").status_code == 405
    other = previewed(User.objects.create_user("otto", role=Role.RESEARCHER))
    assert client.post(f"/jobs/{other.pk}/process/").status_code == 404


def serve_ground(server: Server, write: WriteRaster) -> None:
    """Everything that the square needs: one sheet of elevation and of imagery, a river, a road."""
    left, bottom = BOUNDS[0] - 500, BOUNDS[1] - 500
    sheet, top = shapely.box(left, bottom, left + 2700, bottom + 2700), bottom + 2700
    rows, cols = np.mgrid[0:540, 0:540].astype("float32")
    dem = write("dem.tif", 500 + np.sin(rows / 20) * 9 + cols / 10, left=left, top=top)
    aerial = write("aerial.tif", np.full((4, 540, 540), 90, "uint8"), left=left, top=top)
    dem_url, aerial_url = (server.serve(f"/{path.name}", ranged(path.read_bytes())) for path in (dem, aerial))
    links = {f"Phase{n}_AWS_url": dem_url if n == 2 else None for n in (1, 2, 3)}
    links |= {f"Phase{n}_Year": "2022" if n == 2 else None for n in (1, 2, 3)}
    ServedLayer([feature(sheet, TileName="N1E1", **links)]).serve(server, "/dem/MapServer/0")
    zips = {f"Boxzip{year}": aerial_url if year == 2021 else None for year in YEARS}
    ServedLayer([feature(sheet, TileName="N1E1", **zips)]).serve(server, "/aerial/FeatureServer/0")
    line = shapely.LineString([(left, bottom), (left + 2700, top)])
    for layer in (3, 4, 8, 9):
        ServedLayer([feature(line, fcode=46006)] if layer == 3 else []).serve(server, f"/nhd/MapServer/{layer}")
    server.serve("/api/interpreter", overpass([way(1, line, highway="track")]))


@pytest.mark.django_db(transaction=True)
def test_from_the_form_over_the_preview_to_a_region(
    start_worker: Callable[..., WorkerProcess],
    client: Client,
    settings: Settings,
    server: Server,
    write_raster: WriteRaster,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    serve_ground(server, write_raster)
    paths = {"dem": "/dem/MapServer", "imagery": "/aerial/FeatureServer", "streams": "/nhd/MapServer"}
    paths |= {"roads": "/api/interpreter"}
    settings.EARTHSCAPE_SOURCES = {role: server.url(path) for role, path in paths.items()}
    settings.EARTHSCAPE_SOURCE_FILE_HOSTS = [f"127.0.0.1:{server.port}"]
    allow(settings, HostRule("127.0.0.1", server.port, private=True))
    start_worker(EARTHSCAPE_DOWNLOAD_HOSTS=f"private:127.0.0.1:{server.port}")
    client.force_login(User.objects.create_user("rita", role=Role.RESEARCHER))
    assert (
        "The one host that is asked is on the operator's list"
        in client.get("/jobs/new/preview-region/").content.decode()
    )

    preview = finished(submitted(client))
    sources = {source["role"]: source for source in preview.result["preview"]["sources"]}
    assert sources["dem"]["size"] == (tmp_path / "dem.tif").stat().st_size
    assert "/dem.tif" in [path for path, _ in server.visits]
    assert not Region.objects.exists()

    client.post(f"/jobs/{preview.pk}/process/")
    job = finished(Job.objects.latest("pk"))
    assert (job.kind, job.params["specification"]) == ("process-region", preview.params["specification"])
    assert RegionRaster.objects.filter(region__slug="first-square").count() == 37
    assert client.get("/regions/first-square/").status_code == 200


def finished(job: Job) -> Any:
    def ended() -> bool:
        job.refresh_from_db()
        return job.state not in (JobState.QUEUED, JobState.RUNNING)

    wait_for(ended, seconds=150, what=f"the end of {job}")
    assert job.state == JobState.SUCCEEDED, job.error
    return job
