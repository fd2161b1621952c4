"""Sending, seeing and deleting a file, as a person does it; the page has no script of its own."""

from collections.abc import Callable
from pathlib import Path

from apps.accounts.models import Role
from tests.browser.conftest import Visit


def test_a_file_is_sent_seen_and_deleted(visit_as: Callable[[Role], Visit], tmp_path: Path) -> None:
    (tmp_path / "elevation of the northern quadrangle, 2019.tif").write_bytes(b"II*\0" + bytes(300_000))
    visit = visit_as(Role.RESEARCHER)
    page = visit.open("/uploads/")
    page.get_by_label("File", exact=True).set_input_files(next(tmp_path.iterdir()))
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("is here. In a specification it is upload:").wait_for()
    visit.shoot("uploads")
    page.get_by_role("button", name="Delete elevation").click()
    page.get_by_text("You have no files here.").wait_for()
