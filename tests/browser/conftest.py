import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from apps.accounts.models import Role, User
from apps.maptiles import pictures
from tests.browser.landscape import Landscape, make_landscape
from workers.maptiles.reader import RasterReader

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
PASSWORD = "a long enough password"  # of people who live as long as one test
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in the thread of the tests


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def landscape(transactional_db: None, store: Path, monkeypatch: pytest.MonkeyPatch) -> Landscape:
    monkeypatch.setattr(pictures, "reader", RasterReader())
    return make_landscape(store)


@dataclass
class Visit:
    """A page under watch: what the console, the network and the policy complained of."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path, wait_until="networkidle")
        return self.page

    def shoot(self, name: str) -> None:
        """Save the page at both widths, whole where it scrolls."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for label, size in (("390", NARROW), ("1280", WIDE)):
            self.page.set_viewport_size(size)
            self.page.wait_for_load_state("networkidle")
            assert not self.overflows(), f"{name} at {label} px scrolls sideways"
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{label}.png", full_page=True)

    def overflows(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))

    def sign_in(self, user: User) -> None:
        self.open("/login/")
        self.page.get_by_label("Username").fill(user.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(re.compile(r"^(?!.*login)"))


@pytest.fixture
def visit(chromium: Browser, live_server: object) -> Iterator[Visit]:
    """A fresh browser context; whatever it complains of fails the test."""
    context = chromium.new_context(viewport=WIDE, device_scale_factor=1)
    context.set_default_timeout(10_000)
    page = context.new_page()
    seen = Visit(page, str(live_server))
    page.on(
        "console", lambda m: seen.complaints.append(f"console: {m.text}") if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: seen.complaints.append(f"script: {error}"))
    page.on("response", lambda r: seen.complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    yield seen
    context.close()
    assert seen.complaints == []


@pytest.fixture
def make_user(transactional_db: None) -> Callable[[Role], User]:
    def make(role: Role) -> User:
        staff = role in (Role.CURATOR, Role.ADMIN)
        return User.objects.create_user(role.value, password=PASSWORD, role=role, is_staff=staff)

    return make
