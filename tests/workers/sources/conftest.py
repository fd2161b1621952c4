from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.sources.fetching import Fetched
from tests.workers.sources.served import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def fetched(server: Server, tmp_path: Path) -> Fetched:
    (tmp_path / "got").mkdir()
    return Fetched(server, tmp_path / "got")
