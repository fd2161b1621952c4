"""Which hosts the sources of a region are asked for at, and whether the operator lets them be asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from workers.errors import InvalidInput
from workers.records.downloads import HostRule, plain_host, read_host_rule
from workers.records.regions import ROLE_WORDS, RegionSpec, VectorSource, source_roles
from workers.records.services import ServiceSource

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """A host and port that something is asked for at; `private` where the operator's setting says so."""

    host: str
    port: int
    private: bool = False

    def __str__(self) -> str:
        return _written(HostRule(self.host, None if self.port in _PORTS.values() else self.port, self.private))

    @property
    def is_listed(self) -> bool:
        return any(rule.allows(self.host, self.port) for rule in settings.EARTHSCAPE_DOWNLOAD_HOSTS)


@dataclass(frozen=True)
class NeededHost:
    """An address that has to be on the operator's list, and what is asked for there."""

    address: Address
    purpose: str

    def __str__(self) -> str:
        return str(self.address)


def hosts_needed(spec: RegionSpec) -> list[NeededHost]:
    """Return the hosts of a specification's services, each once. Where an index leads is known before it is read only
    of the site's own, by EARTHSCAPE_SOURCE_FILE_HOSTS.

    Raises:
        InvalidInput: the address of a service is none.
    """
    services = list(_services(spec))
    purposes: dict[Address, list[str]] = {}
    for role, service, index in services:
        words = f"index of {ROLE_WORDS[role]}" if index else ROLE_WORDS[role]
        purposes.setdefault(_address(role, service.url), []).append(words)
    own = settings.EARTHSCAPE_SOURCES.values()
    if roles := [ROLE_WORDS[role] for role, service, index in services if index and service.url in own]:
        for rule in map(read_host_rule, settings.EARTHSCAPE_SOURCE_FILE_HOSTS):
            address = Address(rule.host, rule.port or _PORTS["https"], rule.private)
            purposes.setdefault(address, []).append(f"files of {' and '.join(roles)}")
    return [NeededHost(address, ", ".join(found)) for address, found in purposes.items()]


def hosts_missing(spec: RegionSpec) -> list[NeededHost]:
    """Return those of them that are not on the operator's list."""
    return [need for need in hosts_needed(spec) if not need.address.is_listed]


def check_hosts(spec: RegionSpec) -> None:
    """Refuse a specification before it becomes a job that cannot succeed.

    Raises:
        InvalidInput: naming each host that is missing, what for, and the setting that adds it.
    """
    if missing := hosts_missing(spec):
        named = ", ".join(f"{need} ({need.purpose})" for need in missing)
        raise InvalidInput(
            f"specification: may not be asked yet: {named}. "
            "The operator adds what is missing to EARTHSCAPE_DOWNLOAD_HOSTS and starts the site again."
        )


def hosts_line(missing: list[NeededHost]) -> str:
    """Return the setting with what is on the list and what is missing, ready to be copied."""
    listed = [_written(rule) for rule in settings.EARTHSCAPE_DOWNLOAD_HOSTS]
    return f'EARTHSCAPE_DOWNLOAD_HOSTS="{", ".join([*listed, *map(str, missing)])}"'


def _services(spec: RegionSpec) -> Iterator[tuple[str, ServiceSource, bool]]:
    """Role, service, and whether it is an index."""
    for role, source in source_roles(spec).items():
        if source.index is not None and source.index.service is not None:
            yield role, source.index.service, True
        if isinstance(source, VectorSource) and source.service is not None:
            yield role, source.service, False


def _address(role: str, url: str) -> Address:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise InvalidInput(f"specification.{role}: {url[:300]!r} is not a URL: {error}") from error
    if not host or port is None:
        raise InvalidInput(f"specification.{role}: {url[:300]!r} is not a URL that begins with http:// or https://")
    return Address(plain_host(host), port)


def _written(rule: HostRule) -> str:
    host = f"[{rule.host}]" if ":" in rule.host else rule.host
    port = f":{rule.port}" if rule.port is not None else ""
    return f"{'private:' if rule.private else ''}{host}{port}"
