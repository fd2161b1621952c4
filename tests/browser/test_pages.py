"""Every page for everyone at both widths, without a complaint of the console, the network or the policy."""

import pytest

from apps.accounts.models import Role
from tests.browser.conftest import Site, Visit

PATHS = ["/dataset/", "/splits/", "/runs/", "/compare/", "/jobs/", "/about/", "/login/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_whole_at_both_widths(visit: Visit, path: str) -> None:
    page = visit.open(path)
    assert page.locator("h1").count() == 1
    assert "10.13023/kgs.data.05.01.2025" in page.locator("footer").inner_text()
    visit.shoot(f"{path.strip('/')}-page")


def test_details_are_whole_at_both_widths(visit: Visit, site: Site) -> None:
    world = site.landscape
    paths = {"run": f"/runs/{world.runs[0].pk}/", "split": f"/splits/{world.split.pk}/"}
    paths |= {"region": f"/regions/{world.home.slug}/"}
    for name, path in (paths | {"tile": f"/tiles/{world.tile.pk}/"}).items():
        page = visit.open(path)
        page.get_by_text("Made for demonstration").first.wait_for()
        visit.shoot(name)


def test_the_curves_of_a_run_are_drawn(visit: Visit, site: Site) -> None:
    page = visit.open(f"/runs/{site.landscape.runs[0].pk}/")
    page.locator("#curves canvas").wait_for()


def test_the_channels_of_a_tile_are_shown(visit: Visit, site: Site) -> None:
    page = visit.open(f"/tiles/{site.landscape.tile.pk}/")
    page.locator(".thumbs img").nth(5).wait_for()
    assert page.get_by_text("Elevation").count() == 1


def test_what_does_not_exist_has_a_page_for_people(visit: Visit) -> None:
    visit.expected = ["404"]
    page = visit.open("/tiles/999999/")
    assert page.locator("h1").inner_text() == "There is nothing here"
    assert page.get_by_role("link", name="Go to the map").count() == 1
    visit.shoot("not-found")


def test_the_first_tab_offers_to_skip_to_the_content(visit: Visit) -> None:
    page = visit.open("/runs/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_menu_opens_and_closes_by_keyboard(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.open("/runs/")
    button = page.get_by_role("button", name="Menu")
    button.press("Enter")
    assert page.get_by_role("link", name="Compare", exact=True).is_visible()
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"


def test_focus_is_visible(visit: Visit) -> None:
    page = visit.open("/runs/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


def test_someone_signs_in_and_out(visit: Visit, site: Site) -> None:
    visit.sign_in(site.people[Role.RESEARCHER])
    visit.page.get_by_role("button", name="Sign out").click()
    visit.page.get_by_role("link", name="Sign in").first.wait_for()


def test_a_wrong_password_is_told(visit: Visit) -> None:
    page = visit.open("/login/")
    page.get_by_label("Username").fill("researcher")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert "correct username and password" in page.get_by_role("alert").inner_text()
