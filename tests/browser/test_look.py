"""Every page at both widths."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.landscape import Landscape


@pytest.mark.parametrize("path", ["/dataset/", "/splits/", "/runs/", "/about/", "/login/", "/jobs/", "/compare/"])
def test_a_page_for_everyone(visit: Visit, landscape: Landscape, path: str) -> None:
    page = visit.open(path)
    assert page.locator("h1").count() == 1
    visit.shoot(path.strip("/").replace("/", "-"))
