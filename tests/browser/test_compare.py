"""/compare/ and the way to it."""

from tests.browser.conftest import Site, Visit


def test_ticked_runs_are_compared(visit: Visit, site: Site) -> None:
    page = visit.open("/runs/")
    for name in ("demo-dem", "demo-rgb"):
        page.get_by_label(f"Compare {name}").check()
    page.get_by_role("button", name="Compare the ticked runs").click()
    page.wait_for_url("**/compare/?runs=*")
    assert page.locator("tbody th a").all_inner_texts() == ["demo-dem", "demo-rgb"]


def test_scores_stand_beside_the_baseline_and_a_chart(visit: Visit, site: Site) -> None:
    page = visit.open(f"/compare/?runs={site.runs}")
    page.locator("#scores canvas").wait_for()
    assert page.locator("tr.base th").inner_text() == "Yes to every class"
    assert page.locator("thead tr").first.locator("th").count() == 9
    visit.shoot("compare")


def test_a_column_sorts_both_ways(visit: Visit, site: Site) -> None:
    page = visit.open(f"/compare/?runs={site.runs}&sort=name")
    heading = page.locator("thead tr").nth(1).locator("a").nth(0)
    heading.click()
    first = page.locator("tbody th a").all_inner_texts()
    page.locator("thead tr").nth(1).locator("a").nth(0).click()
    assert page.locator("tbody th a").all_inner_texts() == first[::-1]


def test_another_score_is_chosen(visit: Visit, site: Site) -> None:
    page = visit.open(f"/compare/?runs={site.runs}")
    page.get_by_label("Score").select_option("recall")
    page.get_by_role("heading", name="Recall on 65 tiles at home").wait_for()
    assert "metric=recall" in page.url


def test_the_table_is_downloaded(visit: Visit, site: Site) -> None:
    page = visit.open(f"/compare/?runs={site.runs}")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download CSV").click()
    lines = waiting.value.path().read_text().splitlines()
    assert lines[0].startswith("run_id,run,domain,class,support,threshold,f1")
    assert len(lines) == 1 + 2 * 7 * (3 + 1)


def test_runs_are_chosen_on_the_page(visit: Visit, site: Site) -> None:
    page = visit.open("/compare/")
    page.get_by_label("demo-slope").check()
    page.get_by_role("button", name="Compare the ticked runs").click()
    page.wait_for_url("**runs=*")
    assert page.locator("tbody th a").all_inner_texts() == ["demo-slope"]
