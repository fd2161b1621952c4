"""The Celery application. Messages carry a job's id and nothing else; the Job row is the truth."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "earthscape_web.settings.development")

app = Celery("earthscape_web")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["apps.jobs"])


@worker_ready.connect
def begin_heartbeat(sender: Any, **kwargs: object) -> None:
    """Apps are loaded by now, not when this module is imported."""
    from apps.jobs.heartbeats import Heartbeat

    sender.earthscape_heartbeat = Heartbeat(name=sender.hostname, queues=sorted(app.amqp.queues.consume_from))
    sender.earthscape_heartbeat.start()


@worker_shutdown.connect
def end_heartbeat(sender: Any, **kwargs: object) -> None:
    """The sender is the worker here, and the consumer of `worker_ready` one of its parts."""
    if heartbeat := getattr(getattr(sender, "consumer", None), "earthscape_heartbeat", None):
        heartbeat.stop()
