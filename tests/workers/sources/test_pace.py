"""Servers that send for ever, a little at a time: each word comes well within the time of silence."""

import time
from collections.abc import Callable

import pytest

from tests.workers.sources.fetching import BODY, Fetched
from tests.workers.sources.served import Server, Visit, allowing
from workers.errors import DownloadFailed
from workers.sources.sizes import sizes_of

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def impatient(fetched: Fetched, url: str) -> bytes:
    """Fetch what comes with at least 3,000 bytes in each 0.3 seconds, or not at all."""
    return fetched(url, silence=0.3, slowest=10_000, attempts=2)


def for_ever(text: bytes, *, after: bytes = b"") -> Callable[[Visit], None]:
    def behave(visit: Visit) -> None:
        visit.close_connection = True
        visit.wfile.write(after)
        while not visit.server.released.wait(0.02):
            visit.wfile.write(text)

    return behave


def begin_at(first: int, visit: Visit) -> None:
    about = {"Content_Range": f"bytes {first}-{len(BODY) - 1}/{len(BODY)}"} if first else {}
    visit.head(206 if first else 200, Content_Length=len(BODY) - first, ETag='"one"', **about)


def trickled(visit: Visit) -> None:
    """Send 20,000 bytes each 0.1 seconds, from where it is asked for."""
    begin_at(visit.first_byte, visit)
    for begin in range(visit.first_byte, len(BODY), 20_000):
        visit.wfile.write(BODY[begin : begin + 20_000])
        if visit.server.released.wait(0.1):
            return


def broken_off_soon(visit: Visit) -> None:
    """Think for 0.3 seconds, and break off after 70,000 bytes more."""
    visit.server.released.wait(0.3)
    begin_at(visit.first_byte, visit)
    visit.wfile.write(BODY[visit.first_byte : visit.first_byte + 70_000])


@pytest.mark.parametrize(
    "behaviour",
    [
        for_ever(b"X", after=b"HTTP/1.1 200 OK\r\n"),
        for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"),
        for_ever(b"0", after=CHUNKED),
        for_ever(b"X: y\r\n" * 10, after=CHUNKED + b"3\r\nabc\r\n0\r\n"),
        for_ever(b"1\r\na\r\n", after=CHUNKED),
        for_ever(b"a", after=b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
        for_ever(b"a", after=b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    ids=[
        "head",
        "continue",
        "chunk line",
        "trailers",
        "small chunks",
        "body",
        "body without length",
    ],
)
def test_what_trickles_for_ever_is_given_up(
    server: Server, fetched: Fetched, behaviour: Callable[[Visit], None]
) -> None:
    begun = time.monotonic()
    with pytest.raises(DownloadFailed, match=r"tile N1E2: .*/a\.tif: the (server|connection)"):
        impatient(fetched, server.serve("/a.tif", behaviour))
    assert time.monotonic() - begun < 5.0
    assert len(server.visits) == 2
    assert not fetched.target.exists()


def test_it_is_told_how_much_is_waited_for(server: Server, fetched: Fetched) -> None:
    trickling = for_ever(b"a", after=b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    with pytest.raises(DownloadFailed, match=r"sends less than 10,000 bytes a second, after \d+ of 1,000,000 bytes"):
        impatient(fetched, server.serve("/a.tif", trickling))


def test_what_a_server_has_trickled_is_no_merit_but_kept(server: Server, fetched: Fetched) -> None:
    url = server.serve("/a.tif", trickled)
    with pytest.raises(DownloadFailed, match="sends less than 500,000 bytes a second"):
        fetched(url, silence=0.3, slowest=500_000, attempts=2)
    ranges = [str(asked).removeprefix("bytes=").removesuffix("-") for asked in server.asked("Range")]
    assert ranges[0] == "None"
    assert int(ranges[1]) > 1 << 16  # it got further, and not far enough
    assert fetched.left == ["file.part", "file.part.json"]


def test_breaking_off_is_no_way_to_be_slower(server: Server, fetched: Fetched) -> None:
    with pytest.raises(DownloadFailed, match="broke off, after 140,000 of 512,000 bytes"):
        fetched(server.serve("/a.tif", broken_off_soon), slowest=500_000, attempts=2)
    assert fetched(server.serve("/b.tif", broken_off_soon), slowest=100, attempts=2) == BODY


def test_a_server_that_is_slow_and_fast_enough_is_waited_for(server: Server, fetched: Fetched) -> None:
    def slow(visit: Visit) -> None:
        visit.server.released.wait(0.4)  # it thinks, and then sends 5,000 bytes each 0.1 seconds
        visit.head(200, Content_Length=50_000)
        for begin in range(0, 50_000, 5000):
            visit.wfile.write(BODY[begin : begin + 5000])
            visit.server.released.wait(0.1)

    assert fetched(server.serve("/a.tif", slow), silence=0.5, slowest=20_000, attempts=1) == BODY[:50_000]


def test_no_least_speed_may_be_asked_for(server: Server, fetched: Fetched) -> None:
    def slow(visit: Visit) -> None:
        visit.head(200, Content_Length=5)
        for sign in b"abcde":
            visit.wfile.write(bytes([sign]))
            visit.server.released.wait(0.2)

    assert fetched(server.serve("/a.tif", slow), silence=0.4, slowest=0, attempts=1) == b"abcde"


def test_the_size_of_a_file_is_not_waited_for_for_ever(server: Server, fetched: Fetched) -> None:
    url = server.serve("/a.tif", for_ever(b"X", after=b"HTTP/1.1 200 OK\r\n"))
    (size,) = sizes_of([url], allowing(server, fetched.target.parent, silence=0.3), lambda: None)
    assert size.reason == f"{url}: the server does not answer"
