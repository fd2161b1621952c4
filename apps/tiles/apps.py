from django.apps import AppConfig


class TilesConfig(AppConfig):
    name = "apps.tiles"
    verbose_name = "Tiles"
