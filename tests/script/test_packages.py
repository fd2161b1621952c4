import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT, Run

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that an ordinary user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="earthscape-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_the_list_has_a_group_a_package_and_a_check_on_every_line() -> None:
    lines = (ROOT / "docker/packages.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    assert {len(row) for row in rows} == {3}
    assert {row[0] for row in rows} == {"python", "libraries", "services", "assets", "test", "bench"}


@pytest.mark.parametrize("name", ["Dockerfile.web", "Dockerfile.worker"])
def test_images_install_the_list_and_nothing_else(name: str) -> None:
    text = (ROOT / "docker" / name).read_text()
    assert "COPY docker/packages.txt /tmp/packages.txt" in text
    assert text.count("apt-get install") == 1
    assert "xargs apt-get install -y --no-install-recommends \\\n" in text
    assert "\nUSER earthscape\n" in text


def test_a_missing_package_is_found_by_its_program(shell: Run) -> None:
    done = shell("package_there redis-server program:no-such-program || echo missing")
    assert done.stdout == "missing\n"


def test_one_of_several_releases_is_enough(shell: Run) -> None:
    done = shell("package_there 'no-such-package|bash' package && echo there")
    assert done.stdout == "there\n"


def test_a_machine_without_python_misses_python(run: Run, public_folder: Path) -> None:
    pythons = [program.name for program in Path("/usr/bin").glob("python3*")]
    programs = programs_without(public_folder / "bin", *pythons)
    line = ". script/lib/all.sh; missing_packages python"
    done = run("/usr/bin/bash", "-euo", "pipefail", "-c", line, PATH=str(programs))
    assert (done.returncode, done.stdout) == (0, "python3\npython3-venv\n")


def test_without_root_and_sudo_the_command_to_run_is_named(public_folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    if any(parent.stat().st_mode & 0o005 != 0o005 for parent in (ROOT, *ROOT.parents)):
        pytest.skip(f"nobody cannot read {ROOT}")
    programs = programs_without(public_folder / "bin", "sudo", "redis-server")
    done = subprocess.run(
        [ROOT / "script/server", "--no-demo", "--port", "9"],
        env={"PATH": str(programs), "EARTHSCAPE_VAR": str(public_folder / "var")},
        user=NOBODY.pw_uid,
        group=NOBODY.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "neither root nor sudo" in done.stderr
    assert done.stderr.endswith("as root: apt-get install --no-install-recommends redis-server\n")


def test_installing_leaves_the_machine_s_policy_as_it_was(public_folder: Path) -> None:
    """With an apt-get that only notes what it was asked, because a test must not install anything."""
    if os.geteuid() != 0:
        pytest.skip("only root installs packages")
    before = machine_files()
    (public_folder / "apt-get").write_text(
        '#!/bin/sh\ncat /usr/sbin/policy-rc.d >"$NOTE"; echo "$DEBIAN_FRONTEND $*" >>"$NOTE"; exit 7\n'
    )
    (public_folder / "apt-get").chmod(0o755)
    note = public_folder / "note"
    environment = {"PATH": f"{public_folder}:{os.environ['PATH']}", "NOTE": str(note)}
    done = subprocess.run([ROOT / "script/lib/install_quietly.sh", "somepackage"], env=environment, check=False)
    assert done.returncode == 7
    assert note.read_text().startswith("#!/bin/sh\nexit 101\nnoninteractive install -q -y --no-install-recommends")
    assert machine_files() == before


def programs_without(folder: Path, *names: str) -> Path:
    """A folder for PATH with the system's programs except these."""
    folder.mkdir()
    for program in Path("/usr/bin").iterdir():
        if program.name not in names:
            (folder / program.name).symlink_to(program)
    return folder


def machine_files() -> dict[str, str | None]:
    paths = ["/usr/sbin/policy-rc.d", *map(str, Path("/etc/postgresql-common").rglob("*.conf"))]
    return {path: Path(path).read_text() if Path(path).exists() else None for path in paths}
