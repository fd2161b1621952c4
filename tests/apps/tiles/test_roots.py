from pathlib import Path

import pytest
from pytest_django import Settings

from apps.tiles.roots import checked_folder, trusting
from workers.errors import InvalidInput, UnsafeInput


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    (tmp_path / "imports" / "data").mkdir(parents=True)
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path / "imports"]
    return tmp_path / "imports"


def test_a_folder_inside_a_root_is_taken(root: Path) -> None:
    assert checked_folder(f"{root}/data") == root / "data"


@pytest.mark.parametrize("text", ["/etc", "{root}/../outside", "/vsicurl/http://127.0.0.1/x", "etc", ""])
def test_a_folder_elsewhere_is_refused_with_the_roots(root: Path, text: str) -> None:
    (root.parent / "outside").mkdir()
    with pytest.raises(UnsafeInput, match=str(root)):
        checked_folder(text.format(root=root))


def test_a_link_that_leads_out_is_refused(root: Path) -> None:
    (root / "link").symlink_to("/etc")
    with pytest.raises(UnsafeInput, match="outside the folders"):
        checked_folder(f"{root}/link")


def test_a_null_character_is_refused(root: Path) -> None:
    with pytest.raises(UnsafeInput, match="null character"):
        checked_folder(f"{root}/\0")


def test_what_is_no_folder_is_refused(root: Path) -> None:
    with pytest.raises(InvalidInput, match="not a folder"):
        checked_folder(f"{root}/nothing")


def test_a_command_may_trust_one_more_folder(root: Path, tmp_path: Path) -> None:
    with trusting(tmp_path):
        assert checked_folder(str(tmp_path)) == tmp_path
    with pytest.raises(UnsafeInput, match="is outside the folders that may be imported from"):
        checked_folder(str(tmp_path))
