"""Admin and jobs (for looking)."""

from collections.abc import Callable

from apps.accounts.models import Role, User
from apps.annotations.models import Annotation
from apps.jobs.models import Job
from tests.browser.conftest import Visit
from tests.browser.landscape import Landscape


def test_admin(visit: Visit, landscape: Landscape, make_user: Callable[[Role], User]) -> None:
    admin = make_user(Role.ADMIN)
    visit.sign_in(admin)
    annotation = Annotation.objects.order_by("pk").first()
    assert annotation
    from apps.jobs.events import add_event
    from django.utils import timezone
    from datetime import timedelta
    job = Job.objects.create(kind="train", owner=admin, params={"specification": "name: x"}, content_hash="a", queue="long", state="running", fraction=0.4, stage="training", lease_until=timezone.now()+timedelta(hours=1), started_at=timezone.now())
    for e in range(1, 6):
        add_event(job_id=job.pk, fence=1, state="running", message=f"epoch {e}", stage="training", fraction=e/12, measures={"epoch": e, "train_loss": 0.7/e**.5, "val_loss": .8/e**.4})
    for name, path in {
        "admin": "/admin/",
        "admin-annotation": f"/admin/annotations/annotation/{annotation.pk}/change/",
        "admin-tile": f"/admin/tiles/tile/{landscape.tile.pk}/change/",
        "admin-region": f"/admin/regions/region/{landscape.home.pk}/change/",
        "admin-tiles": "/admin/tiles/tile/",
        "admin-user": f"/admin/accounts/user/{admin.pk}/change/",
        "job-new-split": "/jobs/new/make-split/",
        "jobs": "/jobs/",
    }.items():
        visit.page.set_viewport_size({"width": 1280, "height": 800})
        visit.open(path)
        visit.page.wait_for_timeout(500)
        visit.page.screenshot(path=f"/work/main/var/screenshots/{name}-1280.png", full_page=True)
    visit.page.goto(visit.base + f"/jobs/{job.pk}/")
    visit.page.wait_for_timeout(2500)
    visit.page.screenshot(path=f"/work/main/var/screenshots/job-1280.png", full_page=True)
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.page.screenshot(path=f"/work/main/var/screenshots/job-390.png", full_page=True)
    visit.open("/about/")
