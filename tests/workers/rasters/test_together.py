import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.workers.conftest import MadeRegion
from tests.workers.rasters.test_build import Listener
from workers.errors import Cancelled
from workers.files import sha256_of
from workers.rasters import build, shared_stages
from workers.rasters.build import help_region, process_region
from workers.rasters.terrain import rows
from workers.rasters.together import Together
from workers.records.codec import dumps
from workers.records.progress import ignore_progress
from workers.records.regions import RegionResult


def shared(made: MadeRegion, tmp_path: Path, **changes: Any) -> dict[str, Any]:
    return made.spec(**changes) | {"stages": str(tmp_path / "shared"), "together": str(tmp_path / "shared/1-1")}


def files_of(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in folder.rglob("*") if path.is_file()}


def test_a_claim_is_one_processs_own_until_it_ends(tmp_path: Path) -> None:
    one, other = Together(tmp_path / "1-1", tmp_path), Together(tmp_path / "1-1", tmp_path)
    with one.claimed("a") as mine, other.claimed("a") as his, other.claimed("b") as another:
        assert (mine, his, another) == (True, False, True)
    with other.claimed("a") as mine:
        assert mine


def test_what_a_killed_process_had_claimed_is_free(tmp_path: Path) -> None:
    claiming = "import sys; from pathlib import Path; from workers.rasters.together import Together\n"
    claiming += (
        "with Together(Path(sys.argv[1]), Path(sys.argv[1])).claimed('a') as mine: print(mine, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", claiming, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        with Together(tmp_path / "1-1", tmp_path).claimed("a") as mine:
            assert not mine
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with Together(tmp_path / "1-1", tmp_path).claimed("a") as mine:
        assert mine


def test_the_folder_of_a_job_is_there_while_it_is_led(tmp_path: Path) -> None:
    together = Together(tmp_path / "1-2", tmp_path)
    assert not together.is_led()
    with together.led():
        assert Together(tmp_path / "1-2", tmp_path).is_led()
    assert not (tmp_path / "1-2").exists()


def test_two_workers_make_the_bytes_of_one(
    made_region: MadeRegion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = process_region(made_region.spec(), tmp_path / "alone", ignore_progress)
    monkeypatch.setattr(rows, "_STRIP_STEP", 8)
    monkeypatch.setattr(rows, "_STRIP_PIXELS", 1)
    told, helped = shared(made_region, tmp_path), []
    helper = threading.Thread(
        target=lambda: helped.append(help_region({"told": told}, tmp_path / "none", ignore_progress))
    )
    helper.start()
    together = process_region(told, tmp_path / "together", ignore_progress)
    helper.join(60)
    assert dumps(together) == dumps(alone)
    assert files_of(tmp_path / "together") == files_of(tmp_path / "alone")
    assert helped[0].parts > 0
    assert not (tmp_path / "none").exists()
    assert not list((tmp_path / "shared").glob("strip/*"))


def test_a_helper_goes_when_nobody_leads(
    made_region: MadeRegion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_LEADER_SECONDS", 0.3)
    listener = Listener()
    assert help_region({"told": shared(made_region, tmp_path)}, tmp_path, listener).parts == 0
    assert listener.messages == ["waiting for the worker to help", "nothing was left to help with"]


def test_a_helper_stops_when_its_leader_ends(made_region: MadeRegion, tmp_path: Path) -> None:
    told = shared(made_region, tmp_path)
    leading = Together(Path(told["together"]), tmp_path).led()
    leading.__enter__()

    class Leaving(Listener):
        def __call__(self, stage: str, fraction: float, message: str = "", *, measures: object = None) -> None:
            super().__call__(stage, fraction, message)
            if message.startswith("s, prc, plc"):
                leading.__exit__(None, None, None)

    listener = Leaving()
    help_region({"told": told}, tmp_path / "none", listener)
    assert listener.messages[-1].endswith("parts computed")
    assert not any("display copy" in message for message in listener.messages)


def test_a_leader_alone_does_all_itself(made_region: MadeRegion, tmp_path: Path) -> None:
    listener = Listener()
    found = process_region(shared(made_region, tmp_path), tmp_path / "out", listener)
    assert len(found.channels) == 21
    assert listener.fractions == sorted(listener.fractions)
    assert listener.fractions[-1] == 1.0


def test_what_an_attempt_that_died_has_left_is_removed_by_the_next(tmp_path: Path) -> None:
    for name in ("7-1", "71-1", "7-10"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "leader").touch()
    with Together(tmp_path / "7-2", tmp_path / "claims").led():
        assert sorted(path.name for path in tmp_path.iterdir()) == ["7-10", "7-2", "71-1"]


def test_two_jobs_of_one_region_do_not_take_each_others_strips_away(
    made_region: MadeRegion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_STRIP_STEP", 8)
    monkeypatch.setattr(rows, "_STRIP_PIXELS", 1)
    told = shared(made_region, tmp_path)
    other = told | {"together": str(tmp_path / "shared/2-1")}
    found: list[RegionResult] = []
    thread = threading.Thread(target=lambda: found.append(process_region(other, tmp_path / "two", ignore_progress)))
    thread.start()
    found.append(process_region(told, tmp_path / "one", ignore_progress))
    thread.join(120)
    assert len(found) == 2
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert not list((tmp_path / "shared").glob("strip/*"))


def test_a_strip_that_a_crash_has_spoiled_is_computed_again(
    made_region: MadeRegion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_STRIP_STEP", 8)
    monkeypatch.setattr(rows, "_STRIP_PIXELS", 1)
    alone = process_region(made_region.spec(), tmp_path / "alone", ignore_progress)
    told = shared(made_region, tmp_path)
    with pytest.raises(Cancelled):
        process_region(told, tmp_path / "first", Listener(stop_at_strip=tmp_path / "shared/strip"))
    (left, *_) = sorted((tmp_path / "shared/strip").glob("*/arrays.npy"))
    left.write_bytes(b"")
    assert dumps(process_region(told, tmp_path / "second", ignore_progress)) == dumps(alone)


def test_the_leader_does_not_wait_for_ever_for_what_another_has_claimed(
    made_region: MadeRegion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_stages, "_PATIENCE", 0.5)
    told = shared(made_region, tmp_path)
    process_region(told, tmp_path / "first", ignore_progress)
    names = [path.name for path in (tmp_path / "shared/.claims").iterdir()]
    shutil.rmtree(tmp_path / "shared/window")
    stopped = Together(tmp_path / "shared/9-1", tmp_path / "shared/.claims")
    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(stopped.claimed(name))
        assert len(process_region(told, tmp_path / "second", ignore_progress).channels) == 21
