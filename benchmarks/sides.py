"""Two sides of a benchmark, each in a process of its own, in turn."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_GDAL = {"GDAL_CACHEMAX": "256"}  # as in a compute process, see apps/jobs/sandbox.py


@dataclass
class Clock:
    """Wall seconds by name; what is measured twice is added up."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def shared_by(self, *names: str) -> Iterator[None]:
        """Measure the block and share its time equally between what it makes."""
        start = time.perf_counter()
        yield
        spent = (time.perf_counter() - start) / len(names)
        for name in names:
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def timed(self, name: str, call: Callable[[], T]) -> T:
        with self.shared_by(name):
            return call()


def tell(clock: Clock) -> None:
    """Print what a side found, for `run_side`."""
    print(json.dumps({"seconds": clock.seconds, "peak_mib": _peak_mib()}))  # the parent reads it


def _peak_mib() -> float:
    """The most memory of this process since it began its program; getrusage would count that of its parent too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True)
class Side:
    """Of several runs: the median seconds by name, and the largest memory."""

    seconds: dict[str, float]
    peak_mib: float

    @classmethod
    def of(cls, runs: Sequence[Mapping[str, Any]]) -> "Side":
        names = runs[0]["seconds"]
        seconds = {name: statistics.median(run["seconds"][name] for run in runs) for name in names}
        return cls(seconds, max(float(run["peak_mib"]) for run in runs))

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def run_side(module: str, *arguments: str) -> dict[str, Any]:
    """Run a side and return its last line."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | _GDAL)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
