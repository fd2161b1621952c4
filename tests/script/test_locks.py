import json
import re
import tomllib

import pytest

from .conftest import ROOT

LOCKS = ["web", "worker", "dev", "bench"]


def pins(name: str) -> dict[str, str]:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", text, re.MULTILINE))


def declared(group: str) -> set[str]:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in groups[group]}  # type: ignore[index]  # they match


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_host_and_no_folder(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    assert not re.findall(r"://|^-|--index-url|--find-links|@ ", text, re.MULTILINE)


def test_the_browser_lock_names_no_host() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert lock["packages"]["node_modules/protomaps-leaflet"]["integrity"].startswith("sha512-")


def test_the_site_s_lock_has_no_torch() -> None:
    assert not {"torch", "torchvision", "timm", "landlab"} & pins("web").keys()
    assert pins("worker")["torch"] == "2.14.1"


def test_one_version_of_a_package_in_all_locks() -> None:
    assert pins("web").items() <= pins("worker").items() <= pins("dev").items() <= pins("bench").items()


@pytest.mark.parametrize("group", LOCKS)
def test_everything_declared_is_locked(group: str) -> None:
    assert declared(group) <= {name.lower() for name in pins(group)}
