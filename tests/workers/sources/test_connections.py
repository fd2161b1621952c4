"""TLS: connected to the address that was checked, held against the name of the URL."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.sources.served import Server, redirect, serving, whole
from workers.errors import DownloadFailed, UnsafeInput
from workers.records.downloads import Downloads, HostRule
from workers.sources import connections
from workers.sources.connections import Asking, Stop
from workers.sources.fetch import Wanted, fetch


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with a certificate for tiles.example, which is trusted through SSL_CERT_FILE."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tiles.example"]
    make += ["-addext", "subjectAltName=DNS:tiles.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    connections.trusted.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving() as server:
        context.sni_callback = lambda _socket, name, _context: server.names.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server
    connections.trusted.cache_clear()


def get(server: Server, host: str, path: str, target: Path, *others: HostRule) -> bytes:
    """Fetch as if the name service said that the host is this machine."""
    rules = (HostRule(host, server.port, private=True), *others)
    asking = Asking(Downloads(str(target.parent), rules, pause=0.001), Stop(), lambda host, port: ["127.0.0.1"])
    fetch(Wanted(f"https://{host}:{server.port}{path}"), target, asking, lambda size, of: None)
    return target.read_bytes()


def test_the_servers_name_is_asked_for_and_its_certificate_held_against_it(secure: Server, tmp_path: Path) -> None:
    secure.serve("/a.tif", whole(b"content"))
    assert get(secure, "tiles.example", "/a.tif", tmp_path / "a") == b"content"
    assert secure.names == ["tiles.example"]
    assert secure.asked("Host") == [f"tiles.example:{secure.port}"]


def test_a_certificate_for_another_name_is_not_accepted(secure: Server, tmp_path: Path) -> None:
    secure.serve("/a.tif", whole(b"content"))
    with pytest.raises(DownloadFailed, match="certificate is not accepted: Hostname mismatch"):
        get(secure, "other.example", "/a.tif", tmp_path / "a")
    assert secure.visits == []


def test_a_certificate_that_nobody_has_signed_is_not_accepted(
    secure: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DownloadFailed, match="certificate is not accepted: self-signed certificate"):
        get(secure, "tiles.example", "/a.tif", tmp_path / "a")


def test_a_redirect_from_https_to_http_is_not_followed(secure: Server, tmp_path: Path) -> None:
    with serving() as plain:
        plain.serve("/b.tif", whole(b"content"))
        secure.serve("/a.tif", redirect(plain.url("/b.tif")))
        with pytest.raises(UnsafeInput, match="is led on from https to http"):
            get(secure, "tiles.example", "/a.tif", tmp_path / "a", HostRule("127.0.0.1", plain.port, private=True))
    assert plain.visits == []
