"""How large files on servers are, without downloading them."""

import http.client
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from urllib3.exceptions import HTTPError

from workers.errors import UnsafeInput
from workers.records.downloads import Downloads
from workers.sources.addresses import LookupFailed, Resolve, look_up, shown
from workers.sources.connections import Asking, Stop, ask
from workers.sources.downloads import LET_GO_SECONDS, await_all

_FIRST_BYTE = {"Range": "bytes=0-0"}
_CONTENT_RANGE = re.compile(r"bytes 0-0/(\d{1,15})")


@dataclass(frozen=True)
class Size:
    """The bytes of the file behind a URL, or None and why not."""

    size: int | None
    reason: str = ""


def sizes_of(
    urls: Sequence[str], allowed: Downloads, tell: Callable[[], None], resolve: Resolve = look_up
) -> list[Size]:
    """Return what servers say of the sizes of files: each is asked for its first byte, several at once.

    HEAD is not asked for: links that are signed for GET refuse it. `tell` is called while one waits; what it raises
    stops all questions. A server that does not answer makes a size unknown, not an error.
    """
    asking = Asking(allowed, Stop(), resolve)
    pool = ThreadPoolExecutor(allowed.at_once, thread_name_prefix="size")
    futures = [pool.submit(_size_of, url, asking) for url in urls]
    try:
        await_all(futures, tell)
        return [future.result() for future in futures]
    finally:
        asking.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        wait(futures, timeout=LET_GO_SECONDS)


def _size_of(url: str, asking: Asking) -> Size:
    try:
        with ask(url, _FIRST_BYTE, asking) as answer:
            response = answer.response
            if response.headers.get("Content-Type", "").lower().startswith("text/html"):
                return Size(None, f"{shown(url)}: the server sent a web page, not a file")
            if response.status == 206:
                return _told(url, _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "")))
            if response.status == 200:
                return _told(url, re.fullmatch(r"(\d{1,15})", response.headers.get("Content-Length", "")))
            return Size(None, f"{shown(url)}: the server answers {response.status}")
    except UnsafeInput as error:
        return Size(None, f"{shown(url)}: {error}")
    except (LookupFailed, OSError, HTTPError, http.client.HTTPException) as error:
        asking.stop.check()
        return Size(None, f"{shown(url)}: {error if isinstance(error, LookupFailed) else 'the server does not answer'}")


def _told(url: str, found: re.Match[str] | None) -> Size:
    return Size(int(found[1])) if found else Size(None, f"{shown(url)}: the server does not say how large it is")
