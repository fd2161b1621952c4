"""The specification of a run as people write it: YAML, read strictly."""

import re
from typing import Any

from apps.jobs.strict_yaml import read_yaml
from apps.regions.models import Channel
from workers.errors import InvalidInput
from workers.records.channels import CHANNEL_NAMES, canonical_name
from workers.records.codec import from_data
from workers.records.learning import RunSpec
from workers.records.nearest import did_you_mean

LONGEST = 65_536
LONGEST_NAME = 160
_RANGES = {"epochs": (1, 10_000), "batch_size": (1, 4096), "seed": (0, 2**63 - 1)}  # more cannot be worked off or kept


def read_specification(text: str) -> RunSpec:
    """Return what the text says.

    Raises:
        InvalidInput: not YAML, an unknown or missing key, a wrong value, an unknown channel; the message says where.
    """
    return _checked(from_data(RunSpec, _with_canonical_channels(read_mapping(text))))


def read_mapping(text: str) -> dict[str, Any]:
    """Return the keys and values of a YAML text, or of a JSON one, which is YAML too.

    Raises:
        InvalidInput: too long, nested too deep, not YAML, or no mapping.
    """
    return read_yaml(text, longest=LONGEST)


def _with_canonical_channels(data: dict[str, Any]) -> dict[str, Any]:
    """Names of v1.0 (`slope_50`) are taken for today's (`s_50`)."""
    names = data.get("channels")
    if not isinstance(names, list):
        return data
    return data | {"channels": [canonical_name(name) or name if isinstance(name, str) else name for name in names]}


def _checked(run: RunSpec) -> RunSpec:
    if not run.name.strip() or len(run.name) > LONGEST_NAME or not run.name.isprintable():
        raise InvalidInput(f"name: 1 to {LONGEST_NAME} printable characters")
    check_run_name(run.name)
    for name, (least, most) in _RANGES.items():
        if not least <= (value := getattr(run, name)) <= most:
            raise InvalidInput(f"{name}: {value} is not from {least} to {most}")
    if not run.channels:
        raise InvalidInput("channels: give at least one")
    if twice := [name for name in run.channels if run.channels.count(name) > 1]:
        raise InvalidInput(f"channels: {twice[0]} is given twice")
    known = list(Channel.objects.values_list("name", flat=True))
    if unknown := [name for name in run.channels if name not in known]:
        likely = did_you_mean(unknown[0], CHANNEL_NAMES)  # not what a closed region has besides
        raise InvalidInput(f"channels: there is no channel {unknown[0]}{likely}")
    return run


def check_run_name(name: str) -> None:
    """Raise InvalidInput for a name that would be taken for the id of another run, or for two runs."""
    if re.fullmatch("[0-9]+", name) or "," in name:
        raise InvalidInput("name: it must not be a bare number or hold a comma, as runs are listed by id or name")
