import pytest

from tests.workers.demo.small import SEED, SMALL, Made
from workers.demo.scene import Scene, make_scene
from workers.demo.sources import write_sources


@pytest.fixture(scope="session")
def scene() -> Scene:
    """The small region in memory."""
    return make_scene(SMALL, seed=SEED)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The small region on disk."""
    folder = tmp_path_factory.mktemp("demo")
    return Made(SMALL, folder, write_sources(SMALL, folder, seed=SEED))
