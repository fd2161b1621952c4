"""Jobs in the browser: submitted by a form, worked on by a real worker, watched live."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Role
from apps.jobs.events import add_event
from apps.jobs.models import Job, JobState
from apps.splits.models import Split
from tests.browser.conftest import SCREENSHOTS, Site, Visit, make_user
from tests.browser.landscape import make_landscape
from tests.conftest import WorkerProcess

VisitAs = Callable[[Role], Visit]


@pytest.fixture
def job(site: Site) -> Iterator[Job]:
    owner = site.people[Role.RESEARCHER]
    job = Job.objects.create(
        kind="train", owner=owner, content_hash="a", queue="long", params={"specification": "x: 1"}
    )
    for epoch in (1, 2, 3):
        tell(job, epoch)
    yield job
    job.delete()


def tell(job: Job, epoch: int) -> None:
    measures = {"epoch": epoch, "train_loss": 0.7 / epoch, "val_loss": 0.8 / epoch}
    add_event(
        job_id=job.pk,
        fence=1,
        state=JobState.RUNNING,
        message=f"epoch {epoch}",
        stage="training",
        fraction=epoch / 10,
        measures=measures,
    )


def test_the_forms_are_whole_at_both_widths(visit_as: VisitAs, job: Job) -> None:
    visit = visit_as(Role.RESEARCHER)
    for kind in ("train", "make-split", "evaluate", "process-region", "import-dataset", "import-runs"):
        visit.open(f"/jobs/new/{kind}/")
        visit.shoot(f"job-new-{kind}")
    visit.open("/jobs/")
    visit.shoot("jobs-mine")
    visit.open("/account/")
    visit.shoot("account")


def test_progress_comes_while_one_looks(visit_as: VisitAs, job: Job) -> None:
    page = visit_as(Role.RESEARCHER).page
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}/jobs/{job.pk}/")
    page.locator("#curves canvas").wait_for()
    tell(job, 4)
    page.locator("[data-log]").get_by_text("epoch 4").wait_for()
    assert page.locator("[data-percent]").inner_text() == "40.0 %"
    assert page.locator("[data-state] .badge").inner_text() == "Running"
    page.screenshot(path=SCREENSHOTS / "job-1280.png", full_page=True)


def test_the_end_of_a_job_is_seen(visit_as: VisitAs, job: Job) -> None:
    page = visit_as(Role.RESEARCHER).page
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}/jobs/{job.pk}/")
    Job.objects.filter(pk=job.pk).update(
        state="failed", error="the loss is not a number", finished_at="2026-01-01T00:00Z"
    )
    page.get_by_text("the loss is not a number").wait_for()
    assert page.get_by_role("button", name="Try again").count() == 1


def test_a_waiting_job_is_cancelled(visit_as: VisitAs, job: Job) -> None:
    page = visit_as(Role.RESEARCHER).page
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}/jobs/{job.pk}/")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled").first.wait_for()


def test_a_split_is_made_by_a_real_worker(
    live_server: LiveServer,
    start_worker: Callable[..., WorkerProcess],
    store: Path,
    new_visit: Callable[[str], Visit],
) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    make_landscape(store)
    start_worker()
    visit = new_visit(live_server.url)
    visit.sign_in(make_user(Role.RESEARCHER))
    page = visit.open("/jobs/new/make-split/")
    page.get_by_label("Name of the split").fill("by-hand")
    page.get_by_label("Dataset version").select_option("demo")
    page.get_by_role("group", name="Regions at home").get_by_label("Made hills").check()
    page.get_by_label("Test tiles, in domain").fill("20")
    page.get_by_label("Validation tiles").fill("10")
    page.get_by_label("Test tiles, cross domain").fill("0")
    page.get_by_role("button", name="Submit the job").click()
    page.get_by_role("link", name="Open the split").click(timeout=60_000)
    page.get_by_role("heading", name="by-hand").wait_for()
    assert Split.objects.get(name="by-hand").sizes["test_id"] == 20
