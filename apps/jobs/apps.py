import importlib

from django.apps import AppConfig
from django.conf import settings


class JobsConfig(AppConfig):
    name = "apps.jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        """The checks of the table of kinds stand beside it, above the apps that it binds."""
        importlib.import_module(settings.EARTHSCAPE_CHECKS)
