"""The seven map units of EarthScape, put in place after every migration; what someone changed in them stays."""

from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as installed

from workers.records.map_units import MAP_UNITS


def fill_map_units(*, using: str, apps: Apps = installed, **signal: Any) -> None:
    """Add the map units that are missing. After a flush, as between transactional tests, that is all of them."""
    try:
        model = apps.get_model("annotations", "MapUnit")
    except LookupError:  # migrated back to before the table
        return
    model._default_manager.using(using).bulk_create([model(**vars(unit)) for unit in MAP_UNITS], ignore_conflicts=True)
