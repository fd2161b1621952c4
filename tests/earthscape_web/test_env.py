"""The environment is read by helpers that refuse nonsense."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from earthscape_web.settings import env
from workers.records.downloads import HostRule


def test_hosts_to_download_from_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", "kyraster.ky.gov, private:mirror.local:8080,")
    assert env.host_rules("HOSTS") == (HostRule("kyraster.ky.gov"), HostRule("mirror.local", 8080, private=True))


def test_no_host_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOSTS", raising=False)
    assert env.host_rules("HOSTS") == ()


@pytest.mark.parametrize("text", ["https://kyraster.ky.gov", "*", "a.example:ftp", "private:"])
def test_what_is_no_host_keeps_the_site_from_starting(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HOSTS", text)
    with pytest.raises(ImproperlyConfigured, match=r"HOSTS: .* is not a host"):
        env.host_rules("HOSTS")
