"""Asking a server for a file: connected to the address that was checked, redirects checked like the first URL."""

import contextlib
import functools
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from workers.errors import Cancelled, UnsafeInput
from workers.records.downloads import Downloads
from workers.sources.addresses import Place, Resolve, checked_address, led_on, look_up, place_of, shown
from workers.sources.pace import Pace, shut

MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_CONNECT_SECONDS = 10.0
_HEADERS = {"User-Agent": "EarthScape-Web", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


class Stop:
    """Ends transfers at once from another thread, also those that wait for what a server does not send."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    def set(self) -> None:
        """Stop: shut every connection, so that whoever reads from one wakes up."""
        self._event.set()
        with self._lock:
            for connected in self._sockets:
                shut(connected)

    def check(self) -> None:
        """Raise `Cancelled` once stopped."""
        if self._event.is_set():
            raise Cancelled("stopped while downloading")

    def pause(self, seconds: float) -> None:
        """Wait, or raise `Cancelled` as soon as stopped."""
        self._event.wait(seconds)
        self.check()

    @contextlib.contextmanager
    def waking(self, connected: socket.socket) -> Iterator[None]:
        """Let `set` shut this connection while the block runs."""
        with self._lock:
            self._sockets.add(connected)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._sockets.discard(connected)


@dataclass(frozen=True)
class Asking:
    """What every question to a server needs: the operator's rules, the way to stop, and how names are looked up."""

    allowed: Downloads
    stop: Stop
    resolve: Resolve = look_up


@dataclass(frozen=True)
class Answer:
    """What a server answers: its head, and its body, which can be read once."""

    response: BaseHTTPResponse
    pace: Pace

    def pieces(self, most: int) -> Iterator[bytes]:
        """Yield the body as it comes, undecoded, in pieces of at most so many bytes."""
        while piece := self.response.read1(most, decode_content=False):
            self.pace.count(len(piece))
            yield piece


@contextlib.contextmanager
def ask(url: str, headers: Mapping[str, str], asking: Asking) -> Iterator[Answer]:
    """Yield the answer to a GET, its body not yet read, after at most three redirects.

    Raises:
        UnsafeInput: a host that is not on the list, an address that is not public, a redirect from https to http, or
            one too many.
        LookupFailed, OSError, urllib3.exceptions.HTTPError, http.client.HTTPException: the server is not reached, or
            does not speak HTTP.
        TooSlow: it sends too little while the block runs.
        Cancelled: stopped.
    """
    for _ in range(MOST_REDIRECTS + 1):
        place = place_of(url)
        with _connected(place, asking) as (connection, pace):
            sent = {**_HEADERS, **headers, "Host": place.host_header}
            connection.request("GET", place.target, headers=sent, preload_content=False, decode_content=False)
            with contextlib.closing(connection.getresponse()) as response:
                location = response.headers.get("Location") if response.status in _REDIRECTS else None
                if location is None:
                    asking.stop.check()  # a connection that was shut makes what there is of a head look whole
                    pace.begin_answer()
                    yield Answer(response, pace)
                    return
        url = led_on(url, location)
        if place.scheme == "https" and place_of(url).scheme != "https":
            raise UnsafeInput(f"is led on from https to {shown(url)}")
    raise UnsafeInput(f"is led on more than {MOST_REDIRECTS} times")


@contextlib.contextmanager
def _connected(place: Place, asking: Asking) -> Iterator[tuple[HTTPConnection, Pace]]:
    asking.stop.check()
    allowed = asking.allowed
    connection = _connection_to(place, checked_address(place, allowed.hosts, asking.resolve))
    with contextlib.closing(connection):
        connection.connect()
        connection.timeout = allowed.silence
        pace = Pace(connection.sock, allowed.silence, allowed.slowest)
        with asking.stop.waking(connection.sock), pace.watched():
            yield connection, pace


def _connection_to(place: Place, address: str) -> HTTPConnection:
    """The connection goes to the address; the certificate must be one for the host's name."""
    if place.scheme == "http":
        return HTTPConnection(address, place.port, timeout=_CONNECT_SECONDS)
    return HTTPSConnection(
        address, place.port, timeout=_CONNECT_SECONDS, server_hostname=place.host, ssl_context=trusted()
    )


@functools.cache
def trusted() -> ssl.SSLContext:
    """Return whom to trust: the certificates that SSL_CERT_FILE names, for a private mirror, or the usual ones."""
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())
