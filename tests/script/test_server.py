import socket

import pytest

from .conftest import Run


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "80 81", ""])
def test_a_port_that_is_none_is_refused(run: Run, port: str) -> None:
    done = run("script/server", "--port", port)
    assert done.returncode == 1
    assert done.stderr == f"server: --port takes a number from 1 to 65535, not '{port}'.\n"


def test_an_occupied_port_is_named_with_the_remedy(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("script/server", "--detach", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"server: port {port} of 127.0.0.1 is taken by another program; choose another with --port.\n"
    )


def test_data_must_be_a_folder(run: Run) -> None:
    done = run("script/server", "--data", "/nowhere/at/all")
    assert done.returncode == 1
    assert "'/nowhere/at/all' is none" in done.stderr


def test_an_unknown_argument_is_answered_with_the_known_ones(run: Run) -> None:
    done = run("script/server", "--prot", "8000")
    assert done.returncode == 1
    assert done.stderr == "server: unknown argument --prot; it takes --port N, --detach, --no-demo and --data DIR.\n"


def test_a_full_disk_is_told_before_anything_is_written(shell: Run) -> None:
    done = shell('need_space / 99999999 "The site"')
    assert done.returncode == 1
    assert "The site needs 99999999 MB and / has" in done.stderr
    assert "free some disk space" in done.stderr


def test_a_failed_step_shows_the_end_of_its_log(shell: Run) -> None:
    done = shell('make_var; run_logged "$VAR/log/step.log" "the step" bash -c "echo the reason; exit 3"; echo went on')
    assert done.returncode == 1
    assert "the reason" in done.stderr
    assert "the step failed; the whole log is in" in done.stderr
    assert "went on" not in done.stdout


def test_a_setup_that_is_done_is_not_done_again(shell: Run) -> None:
    done = shell("make_var; install_packages python libraries services assets; make_venv dev; make_assets")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_python_compiled_is_kept_for_the_next_start(run: Run) -> None:
    line = '. script/lib/all.sh; "$PYTHON" -c "import sys; print(sys.dont_write_bytecode)"'
    assert run("bash", "-c", line, PYTHONDONTWRITEBYTECODE="1").stdout == "False\n"


@pytest.mark.parametrize("name", [(), ("nothing",), ("../script/server",)])
def test_an_unknown_benchmark_is_answered_with_the_known_ones(run: Run, name: tuple[str, ...]) -> None:
    done = run("script/bench", *name)
    assert (done.returncode, done.stderr) == (1, "bench: which benchmark? There is: terrain.\n")
