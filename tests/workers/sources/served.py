"""A real HTTP server on this machine that behaves as a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from workers.records.downloads import Downloads, HostRule

Behaviour = Callable[["Visit"], object]


class Visit(BaseHTTPRequestHandler):
    """One request. A behaviour answers it with these few words."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.visits.append((self.path, dict(self.headers.items())))
        behaviour = self.server.behaviours.get(self.path.partition("?")[0])
        if behaviour is None:
            self.head(404)
            return
        behaviour(self)

    def head(self, status: int = 200, **headers: str | int) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.close_connection = True

    @property
    def first_byte(self) -> int:
        """Where the asked-for range begins, 0 without one."""
        return int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is http.server's
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.behaviours: dict[str, Behaviour] = {}
        self.visits: list[tuple[str, dict[str, str]]] = []
        self.names: list[str | None] = []
        """The names that clients have asked for in TLS."""
        self.lock = threading.Lock()
        self.released = threading.Event()
        """Set at the end of the test: a behaviour that says nothing waits for it."""

    @property
    def port(self) -> int:
        return self.server_address[1]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self, path: str, *behaviours: Behaviour) -> str:
        """Answer the first request for a path with the first behaviour and so on, all later ones with the last."""
        waiting = list(behaviours)

        def in_turn(visit: Visit) -> None:
            with self.lock:
                behaviour = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            behaviour(visit)

        self.behaviours[path] = in_turn
        return self.url(path)

    def asked(self, header: str) -> list[str | None]:
        """Return what each request had as this header."""
        return [headers.get(header) for _, headers in self.visits]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are what is tested."""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def allowing(server: Server, folder: Path, **limits: float) -> Downloads:
    """Allow this server's host, with hardly a pause between tries."""
    rules = (HostRule("127.0.0.1", server.port, private=True),)
    return Downloads(str(folder), rules, **({"pause": 0.001, "silence": 10.0} | limits))  # type: ignore[arg-type]


def whole(body: bytes, **headers: str | int) -> Behaviour:
    """Answer with all of it, whatever range is asked for."""

    def behave(visit: Visit) -> None:
        visit.head(200, Content_Length=len(body), **headers)
        visit.wfile.write(body)

    return behave


def ranged(body: bytes, etag: str = '"one"') -> Behaviour:
    """Answer with the range that is asked for, if the file is still the one that the client knows."""

    def behave(visit: Visit) -> None:
        first = visit.first_byte if visit.headers.get("If-Range") == etag else 0
        if first >= len(body):
            visit.head(416, Content_Range=f"bytes */{len(body)}")
        elif first:
            about = {"Content_Range": f"bytes {first}-{len(body) - 1}/{len(body)}"}
            visit.head(206, Content_Length=len(body) - first, ETag=etag, **about)
            visit.wfile.write(body[first:])
        else:
            visit.head(200, Content_Length=len(body), ETag=etag)
            visit.wfile.write(body)

    return behave


def broken_off(body: bytes, after: int, etag: str | None = '"one"') -> Behaviour:
    """Announce all of it and send the beginning."""

    def behave(visit: Visit) -> None:
        visit.head(200, Content_Length=len(body), **({"ETag": etag} if etag else {}))
        visit.wfile.write(body[:after])

    return behave


def status(code: int, **headers: str | int) -> Behaviour:
    return lambda visit: visit.head(code, Content_Length=0, **headers)


def redirect(url: str, code: int = 302) -> Behaviour:
    return lambda visit: visit.head(code, Content_Length=0, Location=url)
