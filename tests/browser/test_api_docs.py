from tests.browser.conftest import Visit


def test_the_pages_of_the_interface_try_an_operation_without_complaint(visit: Visit) -> None:
    page = visit.open("/api/v1/docs/")
    page.locator("#operations-regions-channels_list .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.locator("#operations-regions-channels_list .live-responses-table").get_by_text("elevation").first.wait_for()
    assert page.title() == "EarthScape Web: REST interface"
