"""The default catalogue of channels, put in place after every migration; what someone changed in it stays."""

from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as installed

from workers.records.channels import CATALOGUE


def fill_channels(*, using: str, apps: Apps = installed, **signal: Any) -> None:
    """Add the channels that are missing. After a flush, as between transactional tests, that is all of them."""
    try:
        model = apps.get_model("regions", "Channel")
    except LookupError:  # migrated back to before the table
        return
    rows = [model(position=position, **vars(channel)) for position, channel in enumerate(CATALOGUE)]
    model._default_manager.using(using).bulk_create(rows, ignore_conflicts=True)
