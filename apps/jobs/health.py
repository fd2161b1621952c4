"""What an operator's probes ask: is the process there, can it do its work, and how much waits."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.jobs.heartbeats import ALIVE
from apps.jobs.models import Worker
from apps.jobs.publishing import queue_lengths


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything that a job needs is there, 503 with the parts that are not."""
    checks = {name: check() for name, check in CHECKS.items()}
    ready = all(checks.values())
    parts = {name: "ok" if good else "failing" for name, good in checks.items()}
    return JsonResponse({"status": "ok" if ready else "failing", "checks": parts}, status=200 if ready else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        connection.close()
        return False
    return True


def broker_answers() -> bool:
    return queue_lengths([]) is not None


def store_takes_files() -> bool:
    try:
        Path(settings.EARTHSCAPE_STORE).mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=settings.EARTHSCAPE_STORE, prefix=".ready-") as probe:
            probe.write(b"ready")
    except OSError:
        return False
    return True


def worker_lives() -> bool:
    try:
        return Worker.objects.filter(seen_at__gt=Now() - ALIVE).exists()
    except (DatabaseError, InterfaceError):
        connection.close()
        return False


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "broker": broker_answers,
    "store": store_takes_files,
    "worker": worker_lives,
}
