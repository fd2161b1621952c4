"""Stages that several workers compute together, each in its own process, on hosts of their own."""

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workers.errors import LeaderGone
from workers.files import StageCache
from workers.rasters.stages import Stage, Stages, Strips, inputs_of
from workers.rasters.terrain.rows import Rows
from workers.rasters.together import Together
from workers.records.progress import Reporter

_STRIP = "strip"
_ARRAYS = "arrays.npy"


class SharedStages(Stages):
    """Stages through the cache, as `Stages`, but each is claimed before it is computed, and those that can be divided
    are computed strip by strip, by whoever comes first.

    All workers of a region go through the same stages. Of stages that do not need each other, one that another worker
    is at is passed over and looked at again later. What is computed does not depend on who computes it.
    """

    def __init__(
        self, cache: StageCache, report: Reporter, *, total: float, together: Together, helping: bool = False
    ) -> None:
        super().__init__(cache, report, total=total)
        self._together = together
        self._helping = helping
        self.computed = 0
        """How many stages and strips this worker has computed."""

    def run_all(self, stages: Sequence[Stage]) -> list[Path]:
        """Return the folders of stages that do not need each other, once all are there.

        Raises:
            LeaderGone: to a helper, when the worker that it helps has ended.
        """
        started, waiting = time.monotonic(), list(stages)
        while waiting:
            before = self.computed
            waiting = [stage for stage in waiting if not self._is_there(stage, since=started)]
            if waiting and self.computed == before:
                self._together.pause()
        return [self._place(stage) for stage in stages]

    def _is_there(self, stage: Stage, *, since: float) -> bool:
        """Do of a stage what nobody else is doing, and return whether it is there."""
        before = self.computed
        self._tell(stage.name, 0.0)
        if self._place(stage).is_dir():
            self._finished(stage, "reused")
            return True
        if not self._compute_rest(stage):
            return False
        parts = self.computed - before
        self._finished(stage, f"there after {time.monotonic() - since:.1f} s, {parts} parts of it computed here")
        return True

    def _place(self, stage: Stage) -> Path:
        return self._cache.place(stage.name, inputs_of(stage))

    def _compute_rest(self, stage: Stage) -> bool:
        return self._compute_strips(stage, stage.strips) if stage.strips else self._compute_whole(stage)

    def _compute_whole(self, stage: Stage) -> bool:
        return self._compute(
            stage.name,
            inputs_of(stage),
            lambda folder: stage.compute(folder, lambda fraction: self._tell(stage.name, stage.weight * fraction)),
        )

    def _compute_strips(self, stage: Stage, strips: Strips) -> bool:
        there = [self._compute_strip(stage, strips, rows) for rows in strips.rows]
        if not all(there):
            return False
        folders = [self._cache.place(_STRIP, _inputs_of_strip(stage, rows)) for rows in strips.rows]
        written = self._compute(
            stage.name,
            inputs_of(stage),
            lambda folder: strips.write(folder, zip(strips.rows, _read(folders), strict=True)),
        )
        if written:
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)
        return written

    def _compute_strip(self, stage: Stage, strips: Strips, rows: Rows) -> bool:
        self._tell(stage.name, 0.0)
        if self._place(stage).is_dir():  # another worker has put its strips together, and removed them
            return True

        def compute(folder: Path) -> None:
            arrays = strips.compute(rows, lambda fraction: self._tell(stage.name, 0.0))
            np.save(folder / _ARRAYS, np.stack(arrays).astype(np.float32))

        return self._compute(_STRIP, _inputs_of_strip(stage, rows), compute)

    def _compute(self, name: str, inputs: Any, compute: Any) -> bool:
        """Compute something unless another worker is at it, and return whether it is there."""
        place = self._cache.place(name, inputs)
        if place.is_dir():
            return True
        try:
            with self._together.claimed(f"{name}-{place.name}") as mine:
                if mine and not place.is_dir():
                    self._cache.folder(name, inputs, compute)
                    self.computed += 1
                return mine
        except FileNotFoundError as error:
            raise LeaderGone("the job that was helped has ended") from error

    def _tell(self, name: str, extra: float, message: str = "") -> None:
        if self._helping and not self._together.is_led():
            raise LeaderGone("the job that was helped has ended")
        super()._tell(name, extra, message)


def _inputs_of_strip(stage: Stage, rows: Rows) -> dict[str, Any]:
    return {"of": stage.name, "inputs": inputs_of(stage), "rows": [rows.start, rows.end]}


def _read(folders: Sequence[Path]) -> Iterator[Any]:
    for folder in folders:
        yield np.load(folder / _ARRAYS, allow_pickle=False)
