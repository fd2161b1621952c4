"""The stages of one job: each computed once ever, each telling where the job stands."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from workers.files import StageCache
from workers.rasters.terrain.compiled import Tick
from workers.rasters.terrain.rows import Rows
from workers.records.progress import Reporter

Result = TypeVar("Result")

_COMPUTING = 0.8  # of the time of a stage in strips; the rest is compression

REVISION = 6
"""Raised whenever a stage computes something else from the same inputs, so that what is kept is not taken for it."""


@dataclass(frozen=True)
class Strips:
    """How a stage is divided: `compute` gives the arrays of some rows of the grid, in any order and anywhere; `write`
    puts those of all rows into the stage's folder.
    """

    rows: tuple[Rows, ...]
    compute: Callable[[Rows, Tick], Sequence[Any]]
    write: Callable[[Path, Iterable[tuple[Rows, Sequence[Any]]]], None]

    def in_order(self, folder: Path, tick: Tick) -> None:
        """Compute and write all strips, one after the other."""
        self.write(folder, (self._part(number, tick) for number in range(len(self.rows))))

    def _part(self, number: int, tick: Tick) -> tuple[Rows, Sequence[Any]]:
        count, rows = len(self.rows), self.rows[number]
        return rows, self.compute(rows, lambda fraction: tick(_COMPUTING * (number + fraction) / count))


@dataclass(frozen=True)
class Stage:
    """A stage: its name, everything that determines what it computes, and the function that fills its folder.

    `title` is what people read, `weight` its share of the work; `strips` tells how several workers may divide it.
    """

    name: str
    inputs: Mapping[str, Any]
    compute: Callable[[Path, Tick], None]
    title: str
    weight: float
    strips: Strips | None = None


class Stages:
    """Runs stages one after the other through the cache and reports the share of the whole weight that is done."""

    def __init__(self, cache: StageCache, report: Reporter, *, total: float) -> None:
        self._cache = cache
        self._report = report
        self._total = total
        self._done = 0.0
        self._told = 0.0

    def run(
        self, name: str, inputs: Mapping[str, Any], compute: Callable[[Path, Tick], None], *, title: str, weight: float
    ) -> Path:
        """Return the folder of a stage; `compute` fills it unless the same inputs have been computed before."""
        return self.run_all([Stage(name, inputs, compute, title, weight)])[0]

    def run_all(self, stages: Sequence[Stage]) -> list[Path]:
        """Return the folders of stages that do not need each other."""
        return [self._run(stage) for stage in stages]

    def pass_by(self, name: str, work: Callable[[Callable[[float, str], None]], Result], *, weight: float) -> Result:
        """Return what `work` returns, work that is kept elsewhere than in the cache; it tells its share and words."""
        result = work(lambda fraction, message: self._tell(name, weight * fraction, message))
        self._done += weight
        return result

    def _run(self, stage: Stage) -> Path:
        computed = False
        started = time.monotonic()

        def work(folder: Path) -> None:
            nonlocal computed
            computed = True
            stage.compute(folder, lambda fraction: self._tell(stage.name, stage.weight * fraction))

        self._tell(stage.name, 0.0)
        folder = self._cache.folder(stage.name, inputs_of(stage), work)
        self._finished(stage, f"computed in {time.monotonic() - started:.1f} s" if computed else "reused")
        return folder

    def _finished(self, stage: Stage, how: str) -> None:
        self._done += stage.weight
        self._tell(stage.name, 0.0, f"{stage.title}: {how}")

    def _tell(self, name: str, extra: float, message: str = "") -> None:
        self._told = max(self._told, min(1.0, (self._done + extra) / self._total))
        self._report(name, self._told, message)


def inputs_of(stage: Stage) -> dict[str, Any]:
    """Return what a stage's folder is named by."""
    return {"revision": REVISION, **stage.inputs}
