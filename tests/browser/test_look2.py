"""The rest of the pages at both widths (for looking)."""

from collections.abc import Callable

from apps.accounts.models import Role, User
from tests.browser.conftest import Visit
from tests.browser.landscape import Landscape


def test_all(visit: Visit, landscape: Landscape, make_user: Callable[[Role], User]) -> None:
    runs = ",".join(str(run.pk) for run in landscape.runs)
    for name, path in {
        "map": "/",
        "compare": f"/compare/?runs={runs}",
        "run": f"/runs/{landscape.runs[0].pk}/",
        "split": f"/splits/{landscape.split.pk}/",
        "tile": f"/tiles/{landscape.tile.pk}/",
    }.items():
        visit.page.set_viewport_size({"width": 1280, "height": 800})
        visit.open(path)
        visit.page.wait_for_timeout(1500)
        visit.shoot(name)
    visit.sign_in(make_user(Role.ADMIN))
    for name, path in {
        "account": "/account/",
        "job-new": "/jobs/new/train/",
        "jobs": "/jobs/",
        "admin": "/admin/",
    }.items():
        visit.open(path)
        visit.shoot(name)
