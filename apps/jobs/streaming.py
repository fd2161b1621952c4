"""Server-sent events of a job: its log as it grows, then how it ended."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

from apps.jobs.models import Job, JobEvent
from apps.jobs.serializers import JobEventSerializer, JobSerializer

LOOK_EVERY_SECONDS = 1.0
COMMENT_EVERY_SECONDS = 10.0
ROWS_AT_ONCE = 500


class Slots:
    """Counts the streams that this process has open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def all_free(self) -> bool:
        return self._taken == 0

    def take(self) -> bool:
        with self._lock:
            if self._taken >= settings.EARTHSCAPE_EVENT_STREAMS:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        with self._lock:
            self._taken -= 1


SLOTS = Slots()


class EventStream:
    """Follows one job; ends when the job has, or after a while: the browser then asks again with the last id it saw.

    The streams of a process are counted, since each takes a thread; `close` makes room, also for one never read.
    """

    def __init__(self, job: Job, *, after: int) -> None:
        self._job = job
        self._last = after
        self._closed = False
        self._ends_at = time.monotonic() + settings.EARTHSCAPE_EVENT_STREAM_SECONDS
        self._spoke_at = time.monotonic()

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield b"retry: 2000\n\n"
            yield from self._follow()
        except (OperationalError, InterfaceError):
            connection.close()  # the browser asks again

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            SLOTS.give_back()

    def _follow(self) -> Iterator[bytes]:
        while time.monotonic() < self._ends_at:
            # The state is read before the log: what a finished job has said last is then sure to be seen.
            self._job.refresh_from_db()
            finished = self._job.is_finished
            events = self._news()
            yield from events
            if finished and len(events) < ROWS_AT_ONCE:
                yield message(JobSerializer(self._job).data, event="finished")
                return
            yield from self._breathe()

    def _news(self) -> list[bytes]:
        rows = list(JobEvent.objects.filter(job=self._job, pk__gt=self._last).order_by("pk")[:ROWS_AT_ONCE])
        if rows:
            self._last = rows[-1].pk
            self._spoke_at = time.monotonic()
        return [message(JobEventSerializer(row).data, number=row.pk) for row in rows]

    def _breathe(self) -> Iterator[bytes]:
        """A comment now and then keeps proxies from closing, and shows when the browser has gone."""
        if time.monotonic() - self._spoke_at >= COMMENT_EVERY_SECONDS:
            self._spoke_at = time.monotonic()
            yield b": still here\n\n"
        time.sleep(LOOK_EVERY_SECONDS)


def stream_events(job: Job, *, after: int) -> HttpResponse | StreamingHttpResponse:
    """The stream; 204, which tells a browser not to ask again, when the end was seen; 503 when there are too many."""
    if after and job.is_finished and not job.events.filter(pk__gt=after).exists():
        return HttpResponse(status=204)
    if not SLOTS.take():
        return HttpResponse("Too many streams are open.", status=503, headers={"Retry-After": "5"})
    response = StreamingHttpResponse(EventStream(job, after=after), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def message(data: Any, *, number: int | None = None, event: str | None = None) -> bytes:
    lines = [] if number is None else [f"id: {number}"]
    lines += [] if event is None else [f"event: {event}"]
    lines.append(f"data: {json.dumps(json.loads(JSONRenderer().render(data)))}")
    return ("\n".join(lines) + "\n\n").encode()
