"""Scripts are run as a user runs them; `var` is a folder of their own, stopped and removed afterwards."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As root this folder is closed to the database's user, as a checkout below /root is."""
    folder = tmp_path_factory.mktemp("scripts") / "var"
    yield folder
    call(folder, "script/services", "stop")
    for name in ("postgres", "redis"):
        if (folder / name).is_symlink():
            shutil.rmtree((folder / name).resolve())


@pytest.fixture(scope="module")
def run(var: Path) -> Run:
    def run_in_var(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return call(var, *command, **changes)

    return run_in_var


@pytest.fixture(scope="module")
def shell(run: Run) -> Run:
    """Runs a line of bash that knows the functions of script/lib."""

    def run_line(line: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run("bash", "-euo", "pipefail", "-c", f". script/lib/all.sh; {line}", "shell", *arguments)

    return run_line


def call(var: Path, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARTHSCAPE_")}
    environment |= {"EARTHSCAPE_VAR": str(var), "EARTHSCAPE_THROWAWAY": "1"} | changes
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
