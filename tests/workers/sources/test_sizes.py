from pathlib import Path

from tests.workers.sources.served import Server, Visit, allowing, redirect, status, whole
from workers.records.downloads import Downloads, HostRule
from workers.sources.sizes import Size, sizes_of


def first_byte(visit: Visit) -> None:
    visit.head(206, Content_Length=1, Content_Range="bytes 0-0/123456")
    visit.wfile.write(b"I")


def test_sizes_come_from_the_first_byte_or_are_unknown(server: Server, tmp_path: Path) -> None:
    urls = [
        server.serve("/ranged", first_byte),
        server.serve("/whole", whole(b"x" * 10)),
        server.serve("/page", whole(b"<html>", Content_Type="text/html")),
        server.serve("/gone", status(404)),
        server.serve("/silent-about-it", lambda visit: visit.head(200)),
    ]
    sizes = sizes_of(urls, allowing(server, tmp_path), lambda: None)
    assert sizes == [
        Size(123456),
        Size(10),
        Size(None, f"{urls[2]}: the server sent a web page, not a file"),
        Size(None, f"{urls[3]}: the server answers 404"),
        Size(None, f"{urls[4]}: the server does not say how large it is"),
    ]
    assert server.asked("Range") == ["bytes=0-0"] * 5


def test_a_host_that_is_not_listed_leaves_the_size_unknown(server: Server, tmp_path: Path) -> None:
    allowed = Downloads(str(tmp_path), (HostRule("elsewhere.example"),))
    (size,) = sizes_of([server.url("/a.tif")], allowed, lambda: None)
    assert size.size is None
    assert "EARTHSCAPE_DOWNLOAD_HOSTS" in size.reason
    assert server.visits == []


def test_a_redirect_to_no_url_leaves_the_size_unknown(server: Server, tmp_path: Path) -> None:
    urls = [server.serve("/a", redirect("http://[::1")), server.serve("/b", redirect("http://\xe9..\xe9/"))]
    sizes = sizes_of(urls, allowing(server, tmp_path), lambda: None)
    assert [size.size for size in sizes] == [None, None]
    assert all("not a URL" in size.reason for size in sizes)
