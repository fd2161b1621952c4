import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, wait_for
from workers.__main__ import COMPUTE, load

COMPUTES = "tests.apps.jobs.computes"
EXTRA = ",".join(f"{name}={COMPUTES}:{name}" for name in ("count", "refuse", "break_down", "hang"))


def start(kind: str, folder: Path, **spec: object) -> subprocess.Popen[bytes]:
    """Start `python -m workers` as a job does: own process group, pipes, the result in `folder`."""
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "workers", kind, str(folder / "spec.json"), str(folder)],
        env={"PATH": os.environ["PATH"], "EARTHSCAPE_EXTRA_COMPUTE": EXTRA},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    )


def end_of(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Read what it says to its end; unlike `communicate` this leaves standard input open, as a living parent does."""
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = process.stdout.read(), process.stderr.read()
    process.wait(timeout=10)
    return out, err


def test_reports_are_lines_of_json_and_the_result_is_a_file(tmp_path: Path) -> None:
    with start("count", tmp_path, steps=2, pause=0) as process:
        out, _ = end_of(process)
    assert process.returncode == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {"stage": "counting", "fraction": 0.0, "message": "step 0", "measures": {}},
        {"stage": "counting", "fraction": 0.5, "message": "step 1", "measures": {}},
    ]
    assert json.loads((tmp_path / "result.json").read_text())["counted"] == 2


def test_a_known_error_is_a_file_and_status_3(tmp_path: Path) -> None:
    with start("refuse", tmp_path) as process:
        end_of(process)
    assert process.returncode == 3
    expected = {"type": "InvalidInput", "message": "the specification asks for the moon"}
    assert json.loads((tmp_path / "error.json").read_text()) == expected


def test_an_unknown_error_is_a_traceback_and_status_1(tmp_path: Path) -> None:
    with start("break_down", tmp_path) as process:
        _, err = end_of(process)
    assert process.returncode == 1
    assert b"RuntimeError: secret detail" in err
    assert not (tmp_path / "error.json").exists()


def test_a_request_to_stop_is_followed_at_the_next_report(tmp_path: Path) -> None:
    with start("count", tmp_path, steps=1000, pause=0.1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        end_of(process)
    assert process.returncode == 4
    assert not (tmp_path / "result.json").exists()


def test_a_child_and_its_helpers_end_with_their_parent(tmp_path: Path) -> None:
    with start("hang", tmp_path) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        helper = int(json.loads(process.stdout.readline())["message"].split()[1])
        process.stdin.close()
        assert process.wait(timeout=10) == -signal.SIGKILL
    wait_for(lambda: not is_running(helper), what="the end of the helper")


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("arguments", [[], ["dig", "spec.json", "out"], ["train", "spec.json"]])
def test_wrong_arguments_are_told_the_right_ones(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m workers {process-region,")


@pytest.mark.parametrize("kind", COMPUTE)
def test_every_compute_function_exists(kind: str) -> None:
    pytest.importorskip("torch")
    assert callable(load(COMPUTE[kind]))
