"""One file from a server that is slow, breaks off, lies, leads elsewhere or has had enough."""

import errno
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.workers.sources.fetching import BODY, BROKEN_AT, OTHER, SHA256, Fetched
from tests.workers.sources.served import (
    Server,
    Visit,
    allowing,
    broken_off,
    ranged,
    redirect,
    serving,
    status,
    whole,
)
from workers.errors import Cancelled, DownloadFailed, EarthScapeError, LimitExceeded, StoreUnavailable, UnsafeInput
from workers.records.downloads import Downloads, HostRule
from workers.sources import parts
from workers.sources.connections import Stop


def test_a_file_is_fetched_with_its_checksum_and_nothing_else_is_left(server: Server, fetched: Fetched) -> None:
    assert fetched(server.serve("/a.tif", whole(BODY)), size=512_000, sha256=SHA256.upper()) == BODY
    assert fetched.counted == SHA256
    assert fetched.counts[-1] == (512_000, 512_000)
    assert fetched.left == ["file"]
    assert server.asked("Host") == [f"127.0.0.1:{server.port}"]
    assert server.asked("Range") == [None]


def test_a_slow_server_is_waited_for_and_its_bytes_are_counted_as_they_come(server: Server, fetched: Fetched) -> None:
    going_on = threading.Event()

    def slow(visit: Visit) -> None:
        visit.head(200, Content_Length=len(BODY))
        visit.wfile.write(BODY[:BROKEN_AT])
        assert going_on.wait(20)
        visit.wfile.write(BODY[BROKEN_AT:])

    url = server.serve("/a.tif", slow)
    thread = threading.Thread(target=fetched, args=(url,))
    thread.start()
    wait_until(lambda: (BROKEN_AT, 512_000) in fetched.counts)
    going_on.set()
    thread.join(20)
    assert fetched.target.read_bytes() == BODY
    assert len(server.visits) == 1


def test_what_broke_off_is_gone_on_from(server: Server, fetched: Fetched) -> None:
    url = server.serve("/a.tif", broken_off(BODY, BROKEN_AT), ranged(BODY))
    assert fetched(url) == BODY
    assert server.asked("Range") == [None, "bytes=200000-"]
    assert server.asked("If-Range") == [None, '"one"']


def test_a_new_process_goes_on_from_what_an_old_one_has_left(server: Server, fetched: Fetched) -> None:
    url = server.serve("/a.tif", broken_off(BODY, BROKEN_AT), ranged(BODY))
    with pytest.raises(DownloadFailed, match=r"tile N1E2: http.* broke off, after 200,000 of 512,000 bytes"):
        fetched(url, attempts=1)
    assert fetched.left == ["file.part", "file.part.json"]
    assert fetched(url) == BODY
    assert server.asked("Range") == [None, "bytes=200000-"]


def test_a_server_that_ignores_ranges_is_asked_for_all_of_it_again(server: Server, fetched: Fetched) -> None:
    assert fetched(server.serve("/a.tif", broken_off(BODY, BROKEN_AT), whole(BODY, ETag='"one"'))) == BODY
    assert server.asked("Range") == [None, "bytes=200000-"]


def test_without_a_mark_of_the_file_nothing_is_resumed(server: Server, fetched: Fetched) -> None:
    assert fetched(server.serve("/a.tif", broken_off(BODY, BROKEN_AT, None), whole(BODY))) == BODY
    assert server.asked("Range") == [None, None]


def test_a_weak_etag_is_no_mark(server: Server, fetched: Fetched) -> None:
    assert fetched(server.serve("/a.tif", broken_off(BODY, BROKEN_AT, 'W/"one"'), whole(BODY))) == BODY
    assert server.asked("Range") == [None, None]


def test_a_file_that_changed_between_two_tries_is_begun_anew(server: Server, fetched: Fetched) -> None:
    assert fetched(server.serve("/a.tif", broken_off(BODY, BROKEN_AT), ranged(OTHER, '"two"'))) == OTHER


def test_a_range_of_a_changed_file_is_not_taken(server: Server, fetched: Fetched) -> None:
    def careless(visit: Visit) -> None:
        about = f"bytes {BROKEN_AT}-{len(OTHER) - 1}/{len(OTHER)}"
        visit.head(206, Content_Length=len(OTHER) - BROKEN_AT, ETag='"two"', Content_Range=about)
        visit.wfile.write(OTHER[BROKEN_AT:])

    url = server.serve("/a.tif", broken_off(BODY, BROKEN_AT), careless, ranged(OTHER, '"two"'))
    assert fetched(url) == OTHER
    assert server.asked("Range") == [None, "bytes=200000-", None]


def test_another_range_than_asked_for_is_not_taken(server: Server, fetched: Fetched) -> None:
    def shifted(visit: Visit) -> None:
        visit.head(206, Content_Length=1, ETag='"one"', Content_Range=f"bytes 5-5/{len(BODY)}")
        visit.wfile.write(b"x")

    assert fetched(server.serve("/a.tif", broken_off(BODY, BROKEN_AT), shifted, ranged(BODY))) == BODY


def test_a_range_that_ends_too_early_is_gone_on_from(server: Server, fetched: Fetched) -> None:
    def short(visit: Visit) -> None:
        first = visit.first_byte
        about = f"bytes {first}-{len(BODY) - 1}/{len(BODY)}"
        visit.head(206, Content_Length=10, ETag='"one"', Content_Range=about)
        visit.wfile.write(BODY[first : first + 10])

    url = server.serve("/a.tif", broken_off(BODY, BROKEN_AT), short, ranged(BODY))
    assert fetched(url) == BODY
    assert server.asked("Range") == [None, "bytes=200000-", "bytes=200010-"]


def test_a_range_with_more_than_the_rest_is_not_taken(server: Server, fetched: Fetched) -> None:
    def long(visit: Visit) -> None:
        first = visit.first_byte
        about = f"bytes {first}-{len(BODY) - 1}/{len(BODY)}"
        visit.head(206, Content_Length=len(BODY), ETag='"one"', Content_Range=about)
        visit.wfile.write(BODY)

    url = server.serve("/a.tif", broken_off(BODY, BROKEN_AT), long, ranged(BODY))
    assert fetched(url) == BODY
    assert server.asked("Range") == [None, "bytes=200000-", None]


def test_a_range_that_nobody_asked_for_is_not_taken_for_the_file(server: Server, fetched: Fetched) -> None:
    def part(visit: Visit) -> None:
        visit.head(206, Content_Length=10, Content_Range=f"bytes 0-9/{len(BODY)}")
        visit.wfile.write(BODY[:10])

    assert fetched(server.serve("/a.tif", part, whole(BODY))) == BODY


def test_a_range_of_endless_digits_is_not_taken(server: Server, fetched: Fetched) -> None:
    def careless(visit: Visit) -> None:
        visit.head(206, Content_Length=1, ETag='"one"', Content_Range=f"bytes {'1' * 5000}-2/3")
        visit.wfile.write(b"x")

    assert fetched(server.serve("/a.tif", broken_off(BODY, BROKEN_AT), careless, ranged(BODY))) == BODY


def test_a_body_that_ends_before_its_announced_length_is_not_taken(server: Server, fetched: Fetched) -> None:
    def both(visit: Visit) -> None:
        visit.head(200, Content_Length=20, Transfer_Encoding="chunked")
        visit.wfile.write(b"a\r\n0123456789\r\n0\r\n\r\n")

    with pytest.raises(DownloadFailed, match="the body has ended, after 10 of 20 bytes"):
        fetched(server.serve("/a.tif", both), attempts=2)
    assert not fetched.target.exists()


def test_a_head_that_broke_off_is_not_taken_for_an_empty_file(server: Server, fetched: Fetched) -> None:
    def cut(visit: Visit) -> None:
        visit.close_connection = True
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")

    assert fetched(server.serve("/a.tif", cut, whole(BODY))) == BODY
    assert len(server.visits) == 2


def test_a_cancel_within_a_head_keeps_what_has_arrived(server: Server, fetched: Fetched) -> None:
    within = threading.Event()

    def half_a_head(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        within.set()
        server.released.wait(60)

    url = server.serve("/a.tif", broken_off(BODY, BROKEN_AT), half_a_head)
    assert stopped(fetched, url, lambda: within.wait(20), silence=60.0) < 2.0
    assert fetched.target.with_name("file.part").stat().st_size == BROKEN_AT


def test_a_file_that_shrank_is_begun_anew(server: Server, fetched: Fetched) -> None:
    url = server.serve("/a.tif", broken_off(BODY, BROKEN_AT), status(416), ranged(BODY[:100], '"two"'))
    assert fetched(url) == BODY[:100]


def test_a_server_that_always_announces_more_than_it_sends_is_given_up(server: Server, fetched: Fetched) -> None:
    with pytest.raises(DownloadFailed, match="the connection broke off, after 200,000 of 512,000 bytes"):
        fetched(server.serve("/a.tif", broken_off(BODY, BROKEN_AT, None)), attempts=3)
    assert len(server.visits) == 3


def test_progress_is_not_a_failure(server: Server, fetched: Fetched) -> None:
    def a_bit(visit: Visit) -> None:
        first = visit.first_byte
        about = {"Content_Range": f"bytes {first}-{len(BODY) - 1}/{len(BODY)}"} if first else {}
        visit.head(206 if first else 200, Content_Length=len(BODY) - first, ETag='"one"', **about)
        visit.wfile.write(BODY[first : first + 100_000])

    assert fetched(server.serve("/a.tif", a_bit), attempts=2) == BODY
    assert len(server.visits) == 6


def test_a_server_that_announces_less_than_the_index_says_is_caught(server: Server, fetched: Fetched) -> None:
    def short(visit: Visit) -> None:
        visit.head(200, Content_Length=1000)
        visit.wfile.write(BODY)

    with pytest.raises(DownloadFailed, match="announces 1,000 bytes, the index says 512,000"):
        fetched(server.serve("/a.tif", short), size=512_000)


def test_a_length_that_nobody_announced_is_counted(server: Server, fetched: Fetched) -> None:
    def without(visit: Visit) -> None:
        visit.head(200)
        visit.wfile.write(BODY)

    url = server.serve("/a.tif", without)
    assert fetched(url) == BODY
    assert fetched.counts[0][1] is None
    assert fetched.counts[-1] == (512_000, 512_000)
    with pytest.raises(DownloadFailed, match="has 512,000 bytes, the index says 511,999"):
        fetched(url, size=511_999)


def test_another_checksum_is_told_and_nothing_is_kept(server: Server, fetched: Fetched) -> None:
    with pytest.raises(DownloadFailed, match=f"its SHA-256 is {SHA256}, the index says {'0' * 64}"):
        fetched(server.serve("/a.tif", ranged(BODY)), sha256="0" * 64)
    assert fetched.left == []


def test_a_file_that_is_too_large_is_refused_by_what_is_announced(server: Server, fetched: Fetched) -> None:
    with pytest.raises(LimitExceeded, match="has 512,000 bytes, a file may have 1,000"):
        fetched(server.serve("/a.tif", whole(BODY)), largest=1000)


def test_a_file_that_is_too_large_is_refused_by_what_comes(server: Server, fetched: Fetched) -> None:
    def endless(visit: Visit) -> None:
        visit.head(200)
        while not server.released.is_set():
            visit.wfile.write(BODY)

    with pytest.raises(LimitExceeded, match="a file may have 100,000 bytes"):
        fetched(server.serve("/a.tif", endless), largest=100_000)
    assert fetched.left == []


def test_a_web_page_is_not_taken_for_a_file(server: Server, fetched: Fetched) -> None:
    page = whole(b"<!DOCTYPE html><html>Please sign in</html>", Content_Type="text/html; charset=utf-8")
    with pytest.raises(DownloadFailed, match="the server sent a web page, not a file"):
        fetched(server.serve("/a.tif", page))
    assert len(server.visits) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_server_that_has_too_much_to_do_is_asked_again(server: Server, fetched: Fetched, code: int) -> None:
    assert fetched(server.serve("/a.tif", status(code), status(code), whole(BODY))) == BODY
    assert len(server.visits) == 3


@pytest.mark.parametrize("code", [204, 400, 401, 403, 404, 410, 501])
def test_an_answer_that_will_not_change_is_not_asked_for_again(server: Server, fetched: Fetched, code: int) -> None:
    with pytest.raises(DownloadFailed, match=f"tile N1E2: http://127.0.0.1:.*/a.tif: the server answers {code}"):
        fetched(server.serve("/a.tif", status(code)))
    assert len(server.visits) == 1


def test_what_a_server_says_of_itself_is_not_endless(server: Server, fetched: Fetched) -> None:
    def chatty(visit: Visit) -> None:
        visit.close_connection = True
        visit.wfile.write(b"HTTP/1.1 404 " + b"x" * 60_000 + b"\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(DownloadFailed, match=f"the server answers 404 {'x' * 80}$"):
        fetched(server.serve("/a.tif", chatty))


def test_a_server_that_stays_down_is_given_up_after_five_tries(server: Server, fetched: Fetched) -> None:
    with pytest.raises(DownloadFailed, match="the server answers 503"):
        fetched(server.serve("/a.tif", status(503)))
    assert len(server.visits) == 5


def test_pauses_double_and_a_server_may_ask_for_longer(
    server: Server, fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(fetched.stop, "pause", pauses.append)
    with pytest.raises(DownloadFailed, match="the server answers 503"):
        fetched(server.serve("/a.tif", status(503), status(503), status(503), status(503, Retry_After=30)), pause=2.0)
    assert 1.0 <= pauses[0] <= 2.0 <= pauses[1] <= 4.0 <= pauses[2] <= 8.0
    assert pauses[3] == 30.0


def test_a_server_that_says_nothing_is_given_up(server: Server, fetched: Fetched) -> None:
    with pytest.raises(DownloadFailed, match="does not answer in time"):
        fetched(server.serve("/a.tif", lambda visit: server.released.wait(20)), silence=0.05, attempts=2)
    assert len(server.visits) == 2


def test_nobody_listening_is_told(server: Server, fetched: Fetched, tmp_path: Path) -> None:
    with serving() as gone:
        allowed = allowing(gone, tmp_path, attempts=2)
    with pytest.raises(DownloadFailed, match="the server cannot be reached"):
        fetched.with_rules(gone.url("/a.tif"), allowed)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(server: Server, fetched: Fetched, code: int) -> None:
    server.serve("/b.tif", whole(BODY))
    assert fetched(server.serve("/a.tif", redirect("/b.tif", code))) == BODY


def test_a_fourth_redirect_is_one_too_many(server: Server, fetched: Fetched) -> None:
    with pytest.raises(UnsafeInput, match="is led on more than 3 times"):
        fetched(server.serve("/a.tif", redirect("/a.tif")))
    assert len(server.visits) == 4


def test_a_redirect_to_a_host_that_is_not_listed_is_not_followed(server: Server, fetched: Fetched) -> None:
    with serving() as other, pytest.raises(UnsafeInput, match=f"127.0.0.1:{other.port} is not among the hosts"):
        fetched(server.serve("/a.tif", redirect(other.serve("/b.tif", whole(BODY)))))
    assert other.visits == []


def test_a_redirect_to_a_listed_host_with_a_private_address_is_not_followed(
    server: Server, fetched: Fetched, tmp_path: Path
) -> None:
    with serving() as other:
        rules = (*allowing(server, tmp_path).hosts, HostRule("localhost", other.port))
        other.serve("/b.tif", whole(BODY))
        url = server.serve("/a.tif", redirect(f"http://localhost:{other.port}/b.tif"))
        with pytest.raises(UnsafeInput, match="which is not one of the public internet"):
            fetched.with_rules(url, Downloads(str(tmp_path), rules))
    assert other.visits == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/a", "http://user@127.0.0.1/"])
def test_a_redirect_to_another_kind_of_url_is_not_followed(server: Server, fetched: Fetched, url: str) -> None:
    with pytest.raises(UnsafeInput, match=r"tile N1E2: .*URL"):
        fetched(server.serve("/a.tif", redirect(url)))


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:99999/", "http://\xe9..\xe9/", "/" + "a" * 60_000])
def test_a_redirect_to_no_url_is_told(server: Server, fetched: Fetched, url: str) -> None:
    with pytest.raises(UnsafeInput, match=r"tile N1E2: .*/a\.tif: .* not a URL"):
        fetched(server.serve("/a.tif", redirect(url)))


def test_stopping_does_not_make_a_whole_file_of_a_body_without_length(server: Server, fetched: Fetched) -> None:
    def silent(visit: Visit) -> None:
        visit.head(200)
        visit.wfile.write(BODY[:BROKEN_AT])
        server.released.wait(60)

    def waits() -> None:
        wait_until(lambda: (BROKEN_AT, None) in fetched.counts)

    assert stopped(fetched, server.serve("/a.tif", silent), waits, silence=60.0) < 2.0
    assert not fetched.target.exists()


def test_a_query_is_sent_but_not_repeated_in_messages(server: Server, fetched: Fetched) -> None:
    with pytest.raises(DownloadFailed) as caught:
        fetched(server.serve("/a.tif", status(403)) + "?key=secret")
    assert server.visits[0][0] == "/a.tif?key=secret"
    assert "secret" not in str(caught.value)


def test_stopping_wakes_a_transfer_that_waits_for_a_silent_server(server: Server, fetched: Fetched) -> None:
    def silent(visit: Visit) -> None:
        visit.head(200, Content_Length=len(BODY), ETag='"one"')
        visit.wfile.write(BODY[:BROKEN_AT])
        server.released.wait(60)

    def waits() -> None:
        wait_until(lambda: (BROKEN_AT, 512_000) in fetched.counts)

    assert stopped(fetched, server.serve("/a.tif", silent), waits, silence=60.0) < 2.0
    assert fetched.left == ["file.part", "file.part.json"]


def test_stopping_ends_the_pause_before_another_try(server: Server, fetched: Fetched) -> None:
    pausing = threading.Event()

    class Pausing(Stop):
        def pause(self, seconds: float) -> None:
            pausing.set()
            super().pause(seconds)

    fetched.stop = Pausing()
    url = server.serve("/a.tif", status(503))
    assert stopped(fetched, url, lambda: pausing.wait(20), pause=60.0) < 2.0


def stopped(fetched: Fetched, url: str, begun: Callable[[], object], **limits: Any) -> float:
    """Stop a fetch that has begun and return the seconds that it took to end as cancelled."""
    ended: list[EarthScapeError] = []

    def run() -> None:
        try:
            fetched(url, **limits)
        except EarthScapeError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    begun()
    at = time.monotonic()
    fetched.stop.set()
    thread.join(20)
    assert [type(error) for error in ended] == [Cancelled]
    return time.monotonic() - at


def test_a_full_disk_is_told_and_what_has_arrived_is_removed(
    server: Server, fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(part: parts.Part) -> object:
        part.path.write_bytes(b"a bit")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(parts.Part, "appending", full)
    with pytest.raises(StoreUnavailable, match=r"file\.part cannot be written: No space left on device"):
        fetched(server.serve("/a.tif", whole(BODY)))
    assert fetched.left == []


def test_a_file_that_the_disk_has_no_room_for_is_not_begun(
    server: Server, fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.sources.room.shutil.disk_usage", lambda path: SimpleNamespace(free=1 << 20))
    with pytest.raises(
        StoreUnavailable, match=r"tile N1E2: .*a\.tif: there is no room in the store for its 512,000 bytes"
    ):
        fetched(server.serve("/a.tif", whole(BODY)))
    assert fetched.target.exists() is False


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)
