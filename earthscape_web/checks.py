"""System checks of the tables that bind apps and compute by name. A test resolves compute: the site has no torch."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from apps.jobs.kinds import JobKind, job_kinds, resolve
from earthscape_web.job_kinds import JOB_KINDS


@register
def check_job_kinds(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [*_unresolved(job_kinds().values()), *_other_computes()]


def _unresolved(kinds: Iterable[JobKind]) -> list[CheckMessage]:
    """Every row's parameters, preparation and recorder exist."""
    return [
        Error(f"The kind {kind.name} names {dotted}, which cannot be imported: {problem}", id="earthscape.E001")
        for kind in kinds
        for dotted in (kind.parameters, kind.prepare, kind.record)
        if (problem := _problem(dotted))
    ]


def _problem(dotted: str) -> str | None:
    try:
        resolve(dotted)
    except (ImportError, AttributeError) as error:
        return str(error) or type(error).__name__
    return None


def _other_computes() -> list[CheckMessage]:
    """Site and compute name the same function for each kind, though neither may import the other's table."""
    site = {kind.name: kind.compute for kind in JOB_KINDS.values()}
    there: dict[str, str] = resolve("workers.__main__:COMPUTE")
    return [
        Error(f"The kind {name} computes {site.get(name)} here and {there.get(name)} there.", id="earthscape.E002")
        for name in sorted(site.keys() | there.keys())
        if site.get(name) != there.get(name)
    ]
