"""Readers of environment variables that refuse nonsense."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from workers.errors import InvalidInput
from workers.records.downloads import HostRule, read_host_rule


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def whole_number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def words(name: str, default: str = "", *, separator: str = ",") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(separator) if word.strip()]


def folder(name: str, default: Path) -> Path:
    path = Path(os.environ.get(name, default))
    if not path.is_absolute():
        raise ImproperlyConfigured(f"{name} must be an absolute path, not {str(path)!r}.")
    return path


def folders(name: str) -> list[Path]:
    paths = [Path(word) for word in words(name, separator=":")]
    for path in paths:
        if not path.is_absolute():
            raise ImproperlyConfigured(f"{name} must hold absolute paths, not {str(path)!r}.")
    return paths


def host_rules(name: str) -> tuple[HostRule, ...]:
    """Return the rules that `host`, `host:port` and `private:host:port` stand for."""
    try:
        return tuple(map(read_host_rule, words(name)))
    except InvalidInput as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def web_address(name: str, default: str) -> str:
    """Return the address of a service; an empty variable is as good as none."""
    value = os.environ.get(name) or default
    if not value.startswith(("http://", "https://")) or not urlsplit(value).hostname:
        raise ImproperlyConfigured(f"{name} must be an address that begins with http:// or https://, not {value!r}.")
    return value


def database(name: str) -> dict[str, object]:
    """Return Django's settings for a URL such as postgresql://user:password@127.0.0.1:5432/earthscape."""
    parts = urlsplit(text(name))
    if parts.scheme not in ("postgresql", "postgres", "postgis") or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:port/database.")
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }


def redis_url(name: str) -> str:
    value = text(name)
    if not value.startswith(("redis://", "rediss://", "redis+socket://")):
        raise ImproperlyConfigured(f"{name} must be a redis:// URL.")
    return value
