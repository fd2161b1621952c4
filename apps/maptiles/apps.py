from django.apps import AppConfig


class MaptilesConfig(AppConfig):
    name = "apps.maptiles"
    verbose_name = "Map tiles"
