"""Stages that several workers compute together, each in its own process, on hosts of their own."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workers.errors import LeaderGone
from workers.files import StageCache, written_whole
from workers.rasters.stages import Stage, Stages, Strips, inputs_of
from workers.rasters.terrain.rows import Rows
from workers.rasters.together import Together
from workers.records.progress import Reporter

_STRIP = "strip"
_ARRAYS = "arrays.npy"
_PATIENCE = 300.0  # seconds


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
        self._patient = True
        self.computed = 0
        """How many stages and strips this worker has computed."""

    def run_all(self, stages: Sequence[Stage]) -> list[Path]:
        """Return the folders of stages that do not need each other, once all are there.

        What another worker has claimed is waited for, by the worker that is helped no longer than a few minutes in
        which nothing happens: a process that is stopped, or a host that is frozen, keeps its locks.

        Raises:
            LeaderGone: to a helper, when the worker that it helps has ended.
        """
        started, waiting, moved = time.monotonic(), list(stages), time.monotonic()
        while waiting:
            before = (len(waiting), self.computed)
            waiting = [stage for stage in waiting if not self._is_there(stage, since=started)]
            if before != (len(waiting), self.computed):
                moved, self._patient = time.monotonic(), True
            elif waiting:
                self._patient = self._helping or time.monotonic() - moved < _PATIENCE
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

        def write(folder: Path) -> None:
            strips.write(folder, zip(strips.rows, map(_read, folders), strict=True))

        return self._compute(stage.name, inputs_of(stage), write, used=folders)

    def _compute_strip(self, stage: Stage, strips: Strips, rows: Rows) -> bool:
        self._tell(stage.name, 0.0)
        if self._place(stage).is_dir():  # another worker has put its strips together, and removed them
            return True
        inputs = _inputs_of_strip(stage, rows)
        _remove_spoiled(self._cache.place(_STRIP, inputs))

        def compute(folder: Path) -> None:
            arrays = strips.compute(rows, lambda fraction: self._tell(stage.name, 0.0))
            with written_whole(folder / _ARRAYS) as temporary:
                np.save(temporary, np.stack(arrays).astype(np.float32))

        return self._compute(_STRIP, inputs, compute)

    def _compute(self, name: str, inputs: Any, compute: Callable[[Path], None], *, used: Sequence[Path] = ()) -> bool:
        """Compute something unless another worker is at it, and return whether it is there; what it `used` up goes."""
        place = self._cache.place(name, inputs)
        if place.is_dir():
            return True
        with self._together.claimed(f"{name}-{place.name}") as free:
            mine = free or not self._patient
            if mine and not place.is_dir():
                self._cache.folder(name, inputs, compute)
                self.computed += 1
            if mine:
                for folder in used:
                    shutil.rmtree(folder, ignore_errors=True)
            return mine

    def _tell(self, name: str, extra: float, message: str = "") -> None:
        if self._helping and not self._together.is_led():
            raise LeaderGone("the job that was helped has ended")
        super()._tell(name, extra, message)


def _inputs_of_strip(stage: Stage, rows: Rows) -> dict[str, Any]:
    return {"of": stage.name, "inputs": inputs_of(stage), "rows": [rows.start, rows.end]}


def _read(folder: Path) -> Any:
    return np.load(folder / _ARRAYS, mmap_mode="r", allow_pickle=False)


def _remove_spoiled(folder: Path) -> None:
    """Remove a strip that cannot be read, as the crash of a host may leave one."""
    if not folder.is_dir():
        return
    try:
        _read(folder)
    except (OSError, ValueError, EOFError):
        shutil.rmtree(folder, ignore_errors=True)
