"""The specification of a run as people write it: YAML, read strictly."""

import difflib
import re
from typing import Any

import yaml

from apps.regions.models import Channel
from workers.errors import InvalidInput
from workers.records.channels import canonical_name
from workers.records.codec import from_data
from workers.records.learning import RunSpec

LONGEST = 65_536
LONGEST_NAME = 160
_RANGES = {"epochs": (1, 10_000), "batch_size": (1, 4096), "seed": (0, 2**63 - 1)}  # more cannot be worked off or kept


class _StrictLoader(yaml.SafeLoader):
    """Plain data only, each key once, no aliases, and 3e-4 is a number as in YAML 1.2."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # a few aliases of aliases fill the memory
            raise InvalidInput("aliases (*name) are not allowed")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise InvalidInput(f"line {node.start_mark.line + 1}: {twice[0]} is given twice")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


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
    if len(text) > LONGEST:
        raise InvalidInput(f"the specification is longer than {LONGEST} characters")
    try:
        data = yaml.load(text, _StrictLoader)
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise InvalidInput(f"{place}not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # a number of 5,000 digits is a ValueError
        raise InvalidInput(f"not YAML: {error}") from error
    except RecursionError as error:
        raise InvalidInput("the specification is nested too deep") from error
    if not isinstance(data, dict):
        raise InvalidInput("the specification is not a list of `key: value` lines")
    return data


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
        raise InvalidInput(f"channels: there is no channel {unknown[0]}{_suggestion(unknown[0], known)}")
    return run


def check_run_name(name: str) -> None:
    """Raise InvalidInput for a name that would be taken for the id of another run, or for two runs."""
    if re.fullmatch("[0-9]+", name) or "," in name:
        raise InvalidInput("name: it must not be a bare number or hold a comma, as runs are listed by id or name")


def _suggestion(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""
