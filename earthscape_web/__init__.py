"""The Django project: settings, routes, and the tables that bind apps and compute by name."""

from earthscape_web.celery import app as celery_app

__all__ = ["celery_app"]
