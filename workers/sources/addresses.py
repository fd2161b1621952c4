"""Which address a URL may lead to: its host is on the operator's list, and every address of it is one of the public
internet, unless the operator has marked the host as private.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from workers.errors import DownloadFailed, InvalidInput, UnsafeInput
from workers.records.downloads import HostRule, plain_host

Resolve = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}
_KEPT_SIGNS = "/%:=&?~#+!$,;'@()*[]"  # what quoting leaves as it is: a URL may be quoted already
_LONGEST = 2048
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# They carry or stand for IPv4 addresses that nobody has looked at: mapped ones, NAT64, Teredo and its neighbours, 6to4,
# and the relays of 6to4.
_WRAPPING = tuple(
    map(
        ipaddress.ip_network,
        ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16", "192.88.99.0/24"),
    )
)
# Where clouds hand out keys, besides link-local addresses: Amazon's by IPv6, Azure's, Alibaba's.
_KEEPERS = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "168.63.129.16", "100.100.100.200")))


@dataclass(frozen=True)
class Place:
    """Where a URL leads: scheme, host (small ASCII letters), port, and path with query as they are sent."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """Return what the server is told as Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class LookupFailed(Exception):
    """The name of a host could not be looked up just now."""


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system knows them.

    Raises:
        LookupFailed: there are none, or the name service does not answer.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LookupFailed(f"the name {host} cannot be looked up: {error}") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def shown(url: str) -> str:
    """Return a URL for a message: without its query, which may hold a key, and not endless."""
    return url.partition("?")[0][:300]


def place_of(url: str) -> Place:
    """Return where a URL leads.

    Raises:
        UnsafeInput: not http or https, a name and password in it, or signs that two readers could take differently.
    """
    url = url.strip()
    if len(url) > _LONGEST or "\\" in url or any(ord(sign) < 32 or ord(sign) == 127 for sign in url):
        raise UnsafeInput(f"{shown(url)!r} is not a URL")
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError as error:
        raise UnsafeInput(f"{shown(url)!r} is not a URL: {error}") from error
    if scheme not in _PORTS or not host:
        raise UnsafeInput(f"{shown(url)!r} is not a URL that begins with http:// or https://")
    if "@" in parts.netloc:
        raise UnsafeInput(f"the URL at {host} holds a name or password")
    try:
        target = quote(parts.path or "/", safe=_KEPT_SIGNS)
        if parts.query:
            target += "?" + quote(parts.query, safe=_KEPT_SIGNS)
        return Place(scheme, plain_host(host), _PORTS[scheme] if port is None else port, target)
    except (InvalidInput, UnicodeError) as error:
        raise UnsafeInput(f"{shown(url)!r} is not a URL: {error}") from error


def led_on(url: str, location: str) -> str:
    """Return where a server leads on to from a URL.

    Raises:
        UnsafeInput: to no URL.
    """
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise UnsafeInput(f"is led on to {shown(location)!r}, which is not a URL: {error}") from error


def rule_for(place: Place, rules: Sequence[HostRule]) -> HostRule:
    """Return the operator's rule for a host.

    Raises:
        UnsafeInput: there is none; the message names the setting.
    """
    for rule in rules:
        if rule.allows(place.host, place.port):
            return rule
    raise UnsafeInput(
        f"{place.host_header} is not among the hosts that may be downloaded from (EARTHSCAPE_DOWNLOAD_HOSTS)"
    )


def checked_address(place: Place, rules: Sequence[HostRule], resolve: Resolve = look_up) -> str:
    """Return the one address to connect to. The name is looked up once: asked again it could answer differently.

    Raises:
        UnsafeInput: a host that is not on the list, or any of its addresses is not one of the public internet.
        LookupFailed: the name cannot be looked up.
    """
    rule = rule_for(place, rules)
    addresses = resolve(place.host, place.port)
    if not addresses:
        raise LookupFailed(f"the name {place.host} has no address")
    for address in addresses:
        if not _may_be_reached(address, private=rule.private):
            raise UnsafeInput(f"{place.host} has the address {address}, which is not one of the public internet")
    return addresses[0]


def _may_be_reached(text: str, *, private: bool) -> bool:
    """A private host may lie on this machine or in a network of the operator's, never where clouds hand out keys, as
    they do at link-local addresses.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # with a scope, or no address at all
        return False
    if address.is_multicast or address.is_link_local or address.is_unspecified or address in _KEEPERS:
        return False
    if any(address in wrapping for wrapping in _WRAPPING if wrapping.version == address.version):
        return False
    return private or (address.is_global and (address.version == 4 or address in _GLOBAL_UNICAST))


def failed(url: str, reason: object, *, tile: str = "") -> DownloadFailed:
    """Return the error of a file that could not be downloaded."""
    return DownloadFailed(f"{f'tile {tile}: ' if tile else ''}{shown(url)}: {reason}")
