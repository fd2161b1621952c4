"""Compute functions of the kinds that the tests add. Like all compute they know nothing of Django."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from workers.errors import InvalidInput
from workers.records.progress import Reporter


def count(spec: dict[str, Any], folder: Path, report: Reporter) -> dict[str, Any]:
    """Report `steps` times, `pause` seconds apart; say so in a file at the end."""
    partial = folder / "partial.txt"
    for step in range(spec["steps"]):
        partial.write_text(str(step), encoding="utf-8")
        report("counting", step / spec["steps"], f"step {step}")
        time.sleep(spec["pause"])
    partial.rename(folder / "counted.txt")
    return {"counted": spec["steps"], "environment": sorted(os.environ)}


def refuse(spec: dict[str, Any], folder: Path, report: Reporter) -> None:
    """Fail for a known reason."""
    (folder / "half.txt").write_text("half", encoding="utf-8")
    raise InvalidInput("the specification asks for the moon")


def break_down(spec: dict[str, Any], folder: Path, report: Reporter) -> None:
    """Fail for a reason nobody thought of."""
    raise RuntimeError("secret detail")


def die(spec: dict[str, Any], folder: Path, report: Reporter) -> None:
    """Be killed as by the kernel."""
    os.kill(os.getpid(), signal.SIGKILL)


def eat_memory(spec: dict[str, Any], folder: Path, report: Reporter) -> int:
    """Ask for more than the kind may have."""
    return len(bytearray(1 << 40))


def hang(spec: dict[str, Any], folder: Path, report: Reporter) -> None:
    """Ignore the request to stop, with a helper that does too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    report("hanging", 0.5, f"helper {helper.pid}")
    while True:
        time.sleep(1)
