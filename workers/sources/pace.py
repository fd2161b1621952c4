"""The least that a server must send: a connection over which less comes is shut, however its bytes are spread."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

from urllib3.exceptions import HTTPError


class TooSlow(TimeoutError):
    """A server that sends, but less than is waited for."""


class Pace:
    """Whether enough of a body comes over a connection in each window of some seconds.

    The window in which the answer begins counts as enough, so that a server may think, and a short file is not held
    against it. Reading cannot look at the clock itself: a head, the lines between chunks and what follows the last
    one may trickle for ever within one call. So a thread of its own looks, and shuts the connection.
    """

    def __init__(self, connected: socket.socket, window: float, slowest: int) -> None:
        self._connected = connected
        self._window = window
        self._slowest = slowest
        self._arrived = 0
        self._answered = False
        self._too_slow = False
        self._ended = threading.Event()

    def begin_answer(self) -> None:
        """Note that the head of the answer is there.

        Raises:
            TooSlow: the connection has been shut, which makes what there is of a head look whole.
        """
        if self._too_slow:
            raise self._error()
        self._answered = True
        self.count(self._least)

    def count(self, size: int) -> None:
        """Note bytes of the body that are there."""
        self._arrived += size

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Shut the connection when too little has come, while the block runs.

        Raises:
            TooSlow: it was shut; in place of whatever that looked like to the reader.
        """
        thread = threading.Thread(target=self._watch, name="pace", daemon=True)
        thread.start()
        try:
            yield
        except (OSError, HTTPError, http.client.HTTPException) as error:
            if self._too_slow:
                raise self._error() from error
            raise
        finally:
            self._ended.set()
            thread.join()
        if self._too_slow:
            raise self._error()

    @property
    def _least(self) -> int:
        return max(1, int(self._slowest * self._window))

    def _watch(self) -> None:
        before = 0
        while not self._ended.wait(self._window):
            arrived = self._arrived
            if arrived - before < self._least:
                self._too_slow = True
                shut(self._connected)
                return
            before = arrived

    def _error(self) -> TooSlow:
        if not self._answered:
            return TooSlow("the server does not answer in time")
        return TooSlow(f"the server sends less than {self._slowest:,} bytes a second")


def shut(connected: socket.socket) -> None:
    """Shut a connection, so that whoever reads from it wakes up."""
    with contextlib.suppress(OSError):  # it has ended by itself
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # not TLS's own, which would wait for the peer
