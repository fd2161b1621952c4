"""What an operator allows to be downloaded, and what was."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from workers.errors import InvalidInput

PRIVATE = "private:"
NO_HOSTS = "nothing may be downloaded yet; the operator names the hosts that may be asked in EARTHSCAPE_DOWNLOAD_HOSTS"


@dataclass(frozen=True)
class HostRule:
    """A host that may be asked, at `port` (None: 80 and 443); a `private` one may lie in the operator's own network."""

    host: str
    port: int | None = None
    private: bool = False

    def allows(self, host: str, port: int) -> bool:
        """Return whether the rule is about this host, written as in `plain_host`, and this port."""
        return self.host == host and port in ((80, 443) if self.port is None else (self.port,))


@dataclass(frozen=True)
class Downloads:
    """How sources are downloaded: from which hosts, into which folder, and within which limits.

    `largest` is the most bytes of one file, also when unpacked, `most` of all that a job downloads; `silence` the
    seconds after which a server that says nothing is given up; `slowest` the bytes a second that it must send at least,
    over as many seconds; `attempts` how often in a row a file is tried that gets no further, or comes too slowly, with
    a pause that begins at `pause` seconds and doubles.
    """

    folder: str
    hosts: tuple[HostRule, ...]
    at_once: int = 4
    largest: int = 8 << 30
    most: int = 200 << 30
    attempts: int = 5
    pause: float = 1.0
    silence: float = 60.0
    slowest: int = 4096


@dataclass(frozen=True)
class DownloadedFile:
    """A source that was downloaded: its role in the specification, the tile of the index, the URL as asked for, the
    year the index gives, and the files taken from it (paths on the server, SHA-256 in hex, bytes).
    """

    role: str
    tile: str
    url: str
    year: int | None
    path: str
    sha256: str
    size: int


def plain_host(text: str) -> str:
    """Return a host name as it is compared: small ASCII letters, no dot at the end.

    Raises:
        InvalidInput: no name that a host can have.
    """
    try:
        name = text.encode("idna").decode("ascii") if not text.isascii() else text
    except UnicodeError as error:
        raise InvalidInput(f"{text!r} is not the name of a host") from error
    return name.lower().rstrip(".")


def read_host_rule(text: str) -> HostRule:
    """Return the rule that `[private:]host[:port]` stands for.

    Raises:
        InvalidInput: something else.
    """
    private = text.startswith(PRIVATE)
    rest = text.removeprefix(PRIVATE)
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a host") from error
    if not host or parts.netloc != rest or "@" in rest or "*" in rest or any(sign.isspace() for sign in rest):
        raise InvalidInput(f"{text!r} is not a host: host, host:port or private:host:port are expected")
    return HostRule(plain_host(host), port, private)
