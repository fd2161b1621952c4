"""The map viewer."""

import os
import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from tests.browser.conftest import NARROW, ROOT, Site, Visit


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def click_middle(page: Page) -> None:
    page.locator("#map").click()
    page.locator("#panel-title").wait_for()


def wait_for_colours(visit: Visit, pane: str, *, least: int) -> None:
    """Wait until the canvases of a pane hold that many different colours."""
    visit.expected = ["willReadFrequently"]  # Chromium's advice on the reading that only this test does
    visit.page.wait_for_function(
        """([pane, least]) => new Set([...document.querySelectorAll(`.leaflet-${pane}-pane canvas`)].flatMap(canvas => {
            const data = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, 256, 256).data.buffer);
            return [...new Set(data)];
        })).size >= least""",
        arg=[pane, least],
    )


def test_the_first_visit_shows_a_region_and_three_steps(visit: Visit) -> None:
    page = visit.open("/")
    assert page.locator("#region").input_value() == "made-hills"
    assert page.locator("[data-steps] li").count() == 3
    page.locator(".leaflet-raster-pane img.leaflet-tile-loaded").first.wait_for()
    assert "820 m" in page.locator("[data-channel-legend]").inner_text()
    visit.shoot("map")


def test_the_steps_stay_hidden_until_asked_for(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_role("button", name="Hide").click()
    page.reload()
    assert page.locator("[data-steps]").is_hidden()
    page.get_by_role("button", name="Show the first steps").click()
    assert page.locator("[data-steps]").is_visible()


def test_map_units_come_with_a_legend(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_label("Map units").check()
    wait_for_colours(visit, "units", least=10)
    assert page.locator("[data-unit-legend] li").all_inner_texts()[1] == "Qal, alluvium"
    assert query(page)["units"] == ["1"]


def test_tiles_are_coloured_by_class_split_and_outcome(visit: Visit) -> None:
    page = visit.open("/")
    for mode, words in (("class", "Absent"), ("split", "Test, in domain"), ("run", "Missed (false negative)")):
        page.locator("#colour").select_option(mode)
        page.locator("[data-tile-legend]").get_by_text(words).wait_for()
        wait_for_colours(visit, "tiles", least=3)


def test_a_click_opens_the_panel_of_the_tile(visit: Visit, site: Site) -> None:
    page = visit.open(f"/?region=made-hills&channel=dem&colour=run&run={site.landscape.runs[1].pk}&class=Qc")
    click_middle(page)
    panel = page.locator("[data-panel]")
    assert panel.locator("table.shares tbody tr").count() == 7
    panel.locator(".thumbs img").first.wait_for()
    assert panel.get_by_role("link", name="All about this tile").count() == 1
    assert query(page)["tile"] == [re.sub(r"\D", "", panel.locator("a.button").get_attribute("href") or "")]
    visit.shoot("map-panel")


def test_predictions_of_the_chosen_run_stand_in_the_panel(visit: Visit, site: Site) -> None:
    tile = site.landscape.away.tiles.order_by("pk")[40]
    run = site.landscape.runs[1]
    page = visit.open(f"/?region=made-valley&colour=run&run={run.pk}&class=Qc&tile={tile.pk}")
    page.locator("[data-panel] table.answers").wait_for()
    assert page.locator("[data-panel] h3 a").all_inner_texts() == ["demo-slope"]
    assert page.locator("[data-panel] .outcome").count() == 7


def test_a_link_restores_the_view(visit: Visit, site: Site) -> None:
    link = (
        f"/?region=made-valley&channel=s&colour=split&class=Qr&split={site.landscape.split.pk}"
        f"&run={site.landscape.runs[0].pk}&opacity=45&units=1&at=36.93000,-86.21000,15"
    )
    page = visit.open(link)
    assert page.locator("#channel").input_value() == "s"
    assert page.locator("#opacity").input_value() == "45"
    assert page.locator("#colour").input_value() == "split"
    assert page.get_by_label("Map units").is_checked()
    assert page.url.endswith(link)


def test_a_link_to_a_region_shows_its_elevation(visit: Visit) -> None:
    page = visit.open("/?region=made-valley")
    assert page.locator("#region").input_value() == "made-valley"
    assert page.locator("#channel").input_value() == "dem"
    page.get_by_role("link", name="About this region and its channels").click()
    page.wait_for_url("**/regions/made-valley/")


def test_back_undoes_a_choice(visit: Visit) -> None:
    page = visit.open("/?region=made-hills&channel=dem")
    page.locator("#channel").select_option("s")
    page.wait_for_url("**channel=s**")
    page.go_back()
    assert page.locator("#channel").input_value() == "dem"


def test_a_published_region_says_that_it_has_no_rasters(visit: Visit) -> None:
    page = visit.open("/?region=warren&colour=outline")
    assert "its channels cannot" in page.locator("[data-region-note]").inner_text()
    assert page.locator("#channel").is_disabled()
    assert page.locator("[data-made]").is_hidden()


def test_the_map_works_by_keyboard(visit: Visit) -> None:
    page = visit.open("/?region=made-hills&channel=dem")
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    page.locator("#panel-title").wait_for()
    page.wait_for_function("document.activeElement.matches('[data-panel]')")
    page.keyboard.press("Escape")
    assert page.locator("[data-panel]").is_hidden()
    assert page.evaluate("document.activeElement.id") == "map"


def test_sheets_rise_from_below_on_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size(NARROW)
    page = visit.open("/?region=made-hills&channel=rgb")
    page.get_by_role("button", name="Layers").click()
    page.get_by_role("button", name="Layers").click()
    page.locator("#map").click(position={"x": 195, "y": 160})
    page.locator("#panel-title").wait_for()
    assert page.locator("#controls").is_hidden()
    box = page.locator("[data-panel]").bounding_box()
    assert box is not None
    assert box["x"] == 0
    assert box["y"] > 300


def test_the_link_is_copied(visit: Visit) -> None:
    page = visit.open("/?region=made-hills&channel=dem")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("The link is copied.").wait_for()
    assert "channel=dem" in page.evaluate("navigator.clipboard.readText()")


def test_the_picture_of_the_readme(visit: Visit, site: Site) -> None:
    """Taken where the environment names a site with the demonstration; the view has to work in any case."""
    named = os.environ.get("EARTHSCAPE_README_SITE")
    visit.base, region = (named, "demo-east") if named else (visit.base, "made-hills")
    view = f"/?region={region}&channel=dem&opacity=70&units=1"
    page = visit.open(view)
    page.get_by_role("button", name="Hide").click()
    page.locator("#map").click()
    page.wait_for_url("**tile=*")
    (tile,) = parse_qs(urlsplit(page.url).query)["tile"]
    visit.open(f"{view}&tile={tile}")  # the whole region, in the room beside the panel
    page.locator("[data-panel] .thumbs img").first.wait_for()
    page.mouse.move(5, 5)
    page.wait_for_load_state("networkidle")
    if named:
        page.screenshot(path=ROOT / "docs" / "images" / "map.png")
