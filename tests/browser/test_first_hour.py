"""The form and the preview of a first hour at both widths."""

from collections.abc import Callable

from apps.accounts.models import Role
from apps.jobs.models import Job
from tests.apps.pages.test_first_hour import previewed
from tests.browser.conftest import Site, Visit


def test_form_and_preview_are_whole_at_both_widths(visit_as: Callable[[Role], Visit], site: Site) -> None:
    job: Job = previewed(site.people[Role.RESEARCHER])
    visit = visit_as(Role.RESEARCHER)
    page = visit.open("/dataset/")
    page.get_by_role("link", name="First hour on real ground").click()
    page.get_by_role("button", name="Preview bytes and minutes").wait_for()
    visit.shoot("first-hour")
    page = visit.open(f"/jobs/{job.pk}/")
    assert page.get_by_role("button", name="Process it").count() == 1
    visit.shoot("preview")
    job.delete()
