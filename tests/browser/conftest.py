"""A real Chromium on a real server. The landscape is made once for all tests here, since they hardly write."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.test import override_settings
from django.test.utils import setup_databases, teardown_databases
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Role, User
from apps.jobs.streaming import SLOTS
from apps.maptiles import pictures
from tests.browser.landscape import Landscape, make_landscape
from tests.conftest import wait_for
from workers.maptiles.reader import RasterReader

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
PASSWORD = "a long enough password"  # of people who live as long as the tests
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in the thread of the tests


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django makes the database for tests that are marked, and those here are not: run alone, they make it."""
    if connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):
        yield
        return
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Site:
    """A running server with the landscape behind it and one person of each role."""

    base: str
    landscape: Landscape
    people: dict[Role, User]

    @property
    def runs(self) -> str:
        return ",".join(str(run.pk) for run in self.landscape.runs)


@pytest.fixture(scope="package")
def site(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """These tests come after those that empty the database, and empty it themselves when all are done."""
    store = tmp_path_factory.mktemp("store")
    before, pictures.reader = pictures.reader, RasterReader()
    with django_db_blocker.unblock(), override_settings(EARTHSCAPE_STORE=store):
        server = LiveServer("127.0.0.1")
        try:
            yield Site(server.url, make_landscape(store), {role: make_user(role) for role in Role})
        finally:
            wait_for(lambda: SLOTS.all_free, what="the end of the streams")
            server.stop()
            end_other_sessions()
            call_command("flush", verbosity=0, interactive=False)
            connection.close()  # under Playwright's event loop this may be another one than pytest-django closes
            pictures.reader = before


def end_other_sessions() -> None:
    """A stream of events may outlive its reader by seconds; its session would keep the database from being dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


def make_user(role: Role) -> User:
    return User.objects.create_user(role.value, password=PASSWORD, role=role)


@dataclass
class Visit:
    """A page under watch: what the console, the network and the policy complained of."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda m: self._complain(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("response", lambda r: self._complain(f"{r.status} {r.url}") if r.status >= 400 else None)

    def _complain(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.complaints.append(text)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path, wait_until="networkidle")
        return self.page

    def shoot(self, name: str) -> None:
        """Save the page at both widths, whole where it scrolls down; sideways it must not."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)
            self.page.wait_for_load_state("networkidle")
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{name} is {wide} px wide on {size['width']} px"
            whole = self.page.locator("body.map-page").count() == 0
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{size['width']}.png", full_page=whole)
        self.page.set_viewport_size(WIDE)

    def sign_in(self, user: User) -> None:
        self.open("/login/")
        self.page.get_by_label("Username").fill(user.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(re.compile(r"^(?!.*login)"))


@pytest.fixture
def new_visit(chromium: Browser) -> Iterator[Callable[[str], Visit]]:
    """Fresh browser contexts; whatever they complain of fails the test."""
    visits: list[Visit] = []

    def make(base: str) -> Visit:
        context = chromium.new_context(viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(10_000)
        visits.append(Visit(context.new_page(), base))
        visits[-1].watch()
        return visits[-1]

    yield make
    for visit in visits:
        visit.page.context.close()
        assert visit.complaints == []


@pytest.fixture
def visit(new_visit: Callable[[str], Visit], site: Site) -> Visit:
    return new_visit(site.base)


@pytest.fixture
def visit_as(new_visit: Callable[[str], Visit], site: Site) -> Callable[[Role], Visit]:
    def make(role: Role) -> Visit:
        visit = new_visit(site.base)
        visit.sign_in(site.people[role])
        return visit

    return make
