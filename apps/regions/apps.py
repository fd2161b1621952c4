from django.apps import AppConfig
from django.db.models.signals import post_migrate

from apps.regions.catalogue import fill_channels


class RegionsConfig(AppConfig):
    name = "apps.regions"
    verbose_name = "Regions"

    def ready(self) -> None:
        post_migrate.connect(fill_channels, sender=self)
