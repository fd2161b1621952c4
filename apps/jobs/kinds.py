import importlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.accounts.models import Role
from workers.errors import NotFound


@dataclass(frozen=True)
class JobKind:
    """One row: dotted names as `module:name`, the queue, the child's limits, the least role that may submit."""

    name: str
    title: str
    parameters: str
    prepare: str
    compute: str
    record: str
    queue: str
    wall_seconds: int
    memory_mib: int
    role: Role = Role.RESEARCHER


def resolve(dotted: str) -> Any:
    module, _, name = dotted.partition(":")
    return getattr(importlib.import_module(module), name)


def extra_kinds() -> dict[str, JobKind]:
    """The operator's own kinds: each name in the setting is a sequence of JobKind."""
    return {kind.name: kind for dotted in settings.EARTHSCAPE_EXTRA_JOB_KINDS for kind in resolve(dotted)}


def job_kinds() -> dict[str, JobKind]:
    """All kinds. The table is named in the settings, since it stands above the apps that it binds."""
    kinds: dict[str, JobKind] = resolve(settings.EARTHSCAPE_JOB_KINDS)
    return extra_kinds() | kinds


def kind_named(name: str) -> JobKind:
    kinds = job_kinds()
    if name not in kinds:
        raise NotFound(f"There is no job kind {name!r}; there are {', '.join(sorted(kinds))}.")
    return kinds[name]
