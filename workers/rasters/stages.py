"""The stages of one job: each computed once ever, each telling where the job stands."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from workers.files import StageCache
from workers.rasters.terrain.compiled import Tick
from workers.records.progress import Reporter

Result = TypeVar("Result")

REVISION = 2
"""Raised whenever a stage computes something else from the same inputs, so that what is kept is not taken for it."""


class Stages:
    """Runs stages one after the other through the cache and reports the share of the whole weight that is done."""

    def __init__(self, cache: StageCache, report: Reporter, *, total: float) -> None:
        self._cache = cache
        self._report = report
        self._total = total
        self._done = 0.0

    def run(
        self, name: str, inputs: Mapping[str, Any], compute: Callable[[Path, Tick], None], *, title: str, weight: float
    ) -> Path:
        """Return the folder of a stage; `compute` fills it unless the same inputs have been computed before."""
        computed = False
        started = time.monotonic()

        def work(folder: Path) -> None:
            nonlocal computed
            computed = True
            compute(folder, lambda fraction: self._tell(name, weight * fraction))

        self._tell(name, 0.0)
        folder = self._cache.folder(name, {"revision": REVISION, **inputs}, work)
        self._done += weight
        self._tell(
            name, 0.0, f"{title}: " + (f"computed in {time.monotonic() - started:.1f} s" if computed else "reused")
        )
        return folder

    def pass_by(self, name: str, work: Callable[[Callable[[float, str], None]], Result], *, weight: float) -> Result:
        """Return what `work` returns, work that is kept elsewhere than in the cache; it tells its share and words."""
        result = work(lambda fraction, message: self._tell(name, weight * fraction, message))
        self._done += weight
        return result

    def _tell(self, name: str, extra: float, message: str = "") -> None:
        self._report(name, min(1.0, (self._done + extra) / self._total), message)
