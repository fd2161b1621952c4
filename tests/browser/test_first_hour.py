"""A first hour in the browser: the form and the preview at both widths, and the whole way with a real worker."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Role
from apps.jobs.models import Job
from apps.regions.models import Region, RegionRaster
from apps.tiles.models import Tile
from tests.apps.pages.ground import ask_there, geologic_map, serve_ground
from tests.apps.pages.test_first_hour import previewed
from tests.browser.conftest import NARROW, Site, Visit, make_user
from tests.conftest import WorkerProcess
from tests.workers.conftest import WriteRaster, write_raster  # noqa: F401  # a fixture
from tests.workers.sources.served import Server, serving

MINUTES = 150_000  # milliseconds for a job on a busy machine


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_form_and_preview_are_whole_at_both_widths(visit_as: Callable[[Role], Visit], site: Site) -> None:
    job: Job = previewed(site.people[Role.RESEARCHER])
    visit = visit_as(Role.RESEARCHER)
    page = visit.open("/dataset/")
    page.get_by_role("link", name="First hour on real ground").click()
    assert page.get_by_role("button", name="Preview bytes and minutes").is_disabled()
    page.get_by_text("None of the 8 hosts that are asked is on the operator's list").wait_for()
    visit.shoot("first-hour-without-hosts")
    page = visit.open(f"/jobs/{job.pk}/")
    assert page.get_by_role("button", name="Process it").count() == 1
    assert overflow(visit) <= 0
    visit.shoot("first-hour-unknown")
    job.delete()


def test_from_the_form_over_the_preview_to_a_region_of_38_channels(
    live_server: LiveServer,
    start_worker: Callable[..., WorkerProcess],
    settings: Settings,
    server: Server,
    new_visit: Callable[[str], Visit],
    write_raster: WriteRaster,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0
    serve_ground(server, write_raster)
    ask_there(settings, server)
    start_worker(EARTHSCAPE_DOWNLOAD_HOSTS=f"private:127.0.0.1:{server.port}")
    visit = new_visit(live_server.url)
    visit.sign_in(make_user(Role.RESEARCHER))
    send_map(visit, geologic_map(tmp_path))

    fill_in_the_form(visit)
    visit.shoot("first-hour-form")
    visit.page.get_by_role("button", name="Preview bytes and minutes").click()
    process = visit.page.get_by_role("button", name="Process it")
    process.wait_for(timeout=MINUTES)
    dem, aerial = ((tmp_path / name).stat().st_size for name in ("dem.tif", "aerial.tif"))
    found = {source["role"]: source for source in previewed_sources()}
    assert {role: (source["size"], source["kept"]) for role, source in found.items() if source["tiles"]} == {
        "dem": (dem, 0),
        "imagery": (aerial, 0),
    }
    assert not Region.objects.exists()
    assert overflow(visit) <= 0
    visit.shoot("first-hour-preview")

    process.click()
    visit.page.get_by_role("link", name="Look at its channels").click(timeout=MINUTES)
    visit.page.get_by_role("heading", name="First square").wait_for()
    assert visit.page.locator("section[aria-labelledby=channels] tbody tr").count() == 38
    assert RegionRaster.objects.filter(region__slug="first-square").count() == 38
    assert Tile.objects.filter(region__slug="first-square").count() == 1
    visit.shoot("first-hour-region")

    fill_in_the_form(visit)
    visit.page.get_by_role("button", name="Preview bytes and minutes").click()
    visit.page.get_by_text("Nothing is left to download").wait_for(timeout=MINUTES)
    visit.shoot("first-hour-again")


def overflow(visit: Visit) -> int:
    """How many pixels of the preview's table lie out of sight on a phone."""
    visit.page.set_viewport_size(NARROW)
    wider: int = visit.page.locator(".table-box").evaluate("box => box.scrollWidth - box.clientWidth")
    return wider


def previewed_sources() -> list[dict[str, Any]]:
    result: Any = Job.objects.get(kind="preview-region").result
    sources: list[dict[str, Any]] = result["preview"]["sources"]
    return sources


def send_map(visit: Visit, path: Path) -> None:
    page = visit.open("/uploads/")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("is here. In a specification it is upload:").wait_for()


def fill_in_the_form(visit: Visit) -> None:
    page = visit.open("/jobs/new/preview-region/")
    page.get_by_text("The one host that is asked is on the operator's list").wait_for()
    page.get_by_label("Side in kilometres").fill("0.5")
    page.get_by_label("Geologic map").select_option(index=1)
