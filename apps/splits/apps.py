from django.apps import AppConfig


class SplitsConfig(AppConfig):
    name = "apps.splits"
    verbose_name = "Splits"
