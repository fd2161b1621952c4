from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def own_kinds(settings: Settings, store: Path) -> None:
    """The kinds of tests/apps/jobs/kinds.py, short limits, and a store of its own for each test."""
    settings.EARTHSCAPE_EXTRA_JOB_KINDS = ["tests.apps.jobs.kinds:KINDS"]
    settings.EARTHSCAPE_JOB_GRACE_SECONDS = 1
