from django.apps import AppConfig
from django.db.models.signals import post_migrate

from apps.annotations.catalogue import fill_map_units


class AnnotationsConfig(AppConfig):
    name = "apps.annotations"
    verbose_name = "Annotations"

    def ready(self) -> None:
        post_migrate.connect(fill_map_units, sender=self)
