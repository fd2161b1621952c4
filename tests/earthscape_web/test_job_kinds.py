import dataclasses

import pytest
from django.core.checks import Error, run_checks
from pytest_django import Settings

from apps.jobs.kinds import JobKind, kind_named, resolve
from earthscape_web import checks, job_kinds
from earthscape_web.job_kinds import JOB_KINDS
from workers.errors import NotFound

EXTRA = (dataclasses.replace(JOB_KINDS["train"], name="extra", prepare="apps.jobs.kinds:nowhere"),)


@pytest.mark.parametrize("kind", JOB_KINDS.values(), ids=lambda kind: kind.name)
def test_every_name_in_a_row_resolves(kind: JobKind) -> None:
    pytest.importorskip("torch")
    assert all(callable(resolve(name)) for name in (kind.parameters, kind.prepare, kind.compute, kind.record))


def test_the_table_passes_its_checks() -> None:
    assert [error for error in run_checks() if error.id and error.id.startswith("earthscape")] == []


def test_a_name_that_does_not_resolve_is_an_error(settings: Settings) -> None:
    settings.EARTHSCAPE_EXTRA_JOB_KINDS = ["tests.earthscape_web.test_job_kinds:EXTRA"]
    (error,) = checks.check_job_kinds(None)
    assert isinstance(error, Error)
    assert "extra names apps.jobs.kinds:nowhere" in error.msg


def test_a_compute_function_that_the_workers_do_not_know_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        job_kinds.JOB_KINDS, "train", dataclasses.replace(JOB_KINDS["train"], compute="workers.learning.fit:other")
    )
    assert [error.id for error in checks.check_job_kinds(None)] == ["earthscape.E002"]


def test_an_unknown_kind_is_not_found() -> None:
    with pytest.raises(NotFound, match="there are evaluate, "):
        kind_named("dig")
