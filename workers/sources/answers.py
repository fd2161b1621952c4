"""What services answer with status 200: objects of JSON, errors among them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from workers.errors import DownloadFailed
from workers.sources.addresses import shown

Feature = dict[str, Any]
Box = tuple[float, float, float, float]
"""West, south, east and north in degrees."""

T = TypeVar("T")


class Ask(Protocol):
    """Asks a URL and returns what `read` makes of the answer, which it is given as a file with the URL."""

    def __call__(self, url: str, read: Callable[[Path, str], T]) -> T:
        """Raise `DownloadFailed` and its neighbours where there is no answer."""


def read_object(path: Path, url: str) -> dict[str, Any]:
    """Return the object of JSON that a service has sent.

    Raises:
        DownloadFailed: something else.
    """
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise refused(url, "the service sent no JSON") from error
    if not isinstance(data, dict):
        raise refused(url, "the service sent no JSON object")
    return data


def refused(url: str, reason: str) -> DownloadFailed:
    """Return the error of an answer that is of no use."""
    return DownloadFailed(f"{shown(url)}: {reason}")
