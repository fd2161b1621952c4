"""Kinds that only the tests have, registered by EARTHSCAPE_EXTRA_JOB_KINDS as an operator would."""

import uuid
from pathlib import Path
from typing import Any

from rest_framework import serializers

from apps.accounts.models import AuditEntry, Role
from apps.jobs.kinds import JobKind
from apps.jobs.models import Job


class CountParameters(serializers.Serializer[Any]):
    steps = serializers.IntegerField(min_value=0, max_value=10_000, default=1)
    pause = serializers.FloatField(min_value=0, max_value=10, default=0.0)


def prepare(job: Job, folder: Path) -> dict[str, Any]:
    (folder / "input.txt").write_text("input", encoding="utf-8")
    params: dict[str, Any] = job.params
    return params


def record(job: Job, folder: Path, result: Any) -> dict[str, Any]:
    """Leave a trace that shows how often a result was stored."""
    AuditEntry.objects.create(actor=job.owner, action="test.recorded", target_type="job", target_id=str(job.pk))
    return {"result": result, "mark": uuid.uuid4().hex}


def _kind(compute: str, *, role: Role = Role.RESEARCHER, wall_seconds: int = 60) -> JobKind:
    return JobKind(
        name=compute.replace("_", "-"),
        title=compute.capitalize(),
        parameters="tests.apps.jobs.kinds:CountParameters",
        prepare="tests.apps.jobs.kinds:prepare",
        compute=f"tests.apps.jobs.computes:{compute}",
        record="tests.apps.jobs.kinds:record",
        queue="short",
        wall_seconds=wall_seconds,
        memory_mib=2048,
        role=role,
    )


KINDS = (
    _kind("count"),
    _kind("refuse"),
    _kind("break_down"),
    _kind("die"),
    _kind("eat_memory"),
    _kind("hang", wall_seconds=2),
)
