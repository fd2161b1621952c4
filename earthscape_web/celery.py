"""The Celery application. Messages carry a job's id and nothing else; the Job row is the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "earthscape_web.settings.development")

app = Celery("earthscape_web")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["apps.jobs"])
