"""The default catalogue of channels, put in place after every migration; what someone changed in it stays."""

from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as installed
from django.db.models import F

from workers.records.channels import CATALOGUE, extra_channel


def fill_channels(*, using: str, apps: Apps = installed, **signal: Any) -> None:
    """Add the channels that are missing. After a flush, as between transactional tests, that is all of them."""
    try:
        model = apps.get_model("regions", "Channel")
    except LookupError:  # migrated back to before the table
        return
    rows = [model(position=position, **vars(channel)) for position, channel in enumerate(CATALOGUE)]
    channels = model._default_manager.using(using)
    channels.bulk_create(rows, ignore_conflicts=True)
    _name_scales(channels)


def _name_scales(channels: Any) -> None:
    """Give channels beside the catalogue that stand under their raw name the title and unit that are known by now."""
    for channel in channels.filter(title=F("name")):
        if known := extra_channel(channel.name):
            channels.filter(pk=channel.pk).update(title=known.title, unit=known.unit)
