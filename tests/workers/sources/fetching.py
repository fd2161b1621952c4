"""Fetching one file from a server of the test's."""

import hashlib
from pathlib import Path

from tests.workers.sources.served import Server, allowing
from workers.records.downloads import Downloads
from workers.sources.connections import Asking, Stop
from workers.sources.fetch import Wanted, fetch

BODY = bytes(range(256)) * 2000  # 512,000 bytes
OTHER = bytes(reversed(BODY))
SHA256 = hashlib.sha256(BODY).hexdigest()
BROKEN_AT = 200_000


class Fetched:
    """Fetches into a folder of the test's, from one server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.target = folder / "file"
        self.stop = Stop()
        self.counts: list[tuple[int, int | None]] = []

    def __call__(self, url: str, *, size: int | None = None, sha256: str | None = None, **limits: float) -> bytes:
        allowed = allowing(self.server, self.target.parent, **limits)
        self.with_rules(url, allowed, size=size, sha256=sha256)
        return self.target.read_bytes()

    def with_rules(self, url: str, allowed: Downloads, *, size: int | None = None, sha256: str | None = None) -> None:
        wanted = Wanted(url, tile="N1E2", size=size, sha256=sha256)
        self.counted = fetch(wanted, self.target, Asking(allowed, self.stop), lambda *count: self.counts.append(count))

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.target.parent.iterdir())
