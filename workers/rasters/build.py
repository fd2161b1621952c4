"""The kind `process-region`: from sources to channels, display copies, tiles and areas on one grid."""

import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from workers.errors import LeaderGone
from workers.files import StageCache
from workers.rasters.ground import Ground
from workers.rasters.indexed import check_allowed
from workers.rasters.region_build import RegionBuild
from workers.rasters.shared_stages import SharedStages
from workers.rasters.sources import Sources, read_sources, with_rasters_of_folders
from workers.rasters.stages import Stages
from workers.rasters.together import Together
from workers.rasters.weights import total_weight
from workers.rasters.zipped import with_unzipped
from workers.records.codec import from_data
from workers.records.crs import horizontal_crs
from workers.records.progress import Reporter
from workers.records.region_checks import check_reassignment, check_region
from workers.records.regions import (
    HelpRegion,
    HelpResult,
    ProcessRegion,
    RegionResult,
)

_LEADER_SECONDS = 120.0


def process_region(spec: dict[str, Any], folder: Path, report: Reporter) -> RegionResult:
    """Build all channels that the sources of a region allow, and its tiles, into `folder`.

    1. Check the specification and the headers of all sources on the server. 2. Repair the map. 3. Download what tile
    indexes name over the region with its buffer, and check it likewise. 4. Fix the grid and write the analysis rasters,
    stage by stage. 5. Check that they share the grid. 6. Statistics and display copies. 7. Tiles with class areas.
    8. Look for what deserves a look. Stages whose inputs have not changed are taken from `stages`, and where the job
    has helpers, each takes what nobody else is at. Elevations are brought into the unit of the grid's CRS.

    Args:
        spec: plain data of `ProcessRegion`.
        folder: where the results go, paths in the result are relative to it.
        report: told stage, fraction and a sentence per stage; what it raises (`Cancelled`) leaves no half-written file.

    Raises:
        InvalidInput: a specification or a source that cannot be carried out as given.
        DownloadFailed: a server does not give a file that an index names.
    """
    told = from_data(ProcessRegion, spec)
    StageCache(Path(told.stages)).sweep()
    with contextlib.ExitStack() as stack:
        together = _together(told)
        if together is not None:  # before the sources are read: helpers wait for it
            stack.enter_context(together.led())
        told, sources = _opened(told, report)
        stages = _stages(told, report, together)
        result = RegionBuild(Ground(told, sources, stages), stages, folder).run()
    report("done", 1.0, f"{len(result.channels)} channels and {result.tile_count} tiles")
    return result


def help_region(spec: dict[str, Any], folder: Path, report: Reporter) -> HelpResult:
    """Compute parts of a region that another worker processes, until all are there or that worker has ended.

    Args:
        spec: plain data of `HelpRegion`.
        folder: nothing is written into it.
        report: told stage, fraction and a sentence per stage; what it raises (`Cancelled`) leaves no half-written file.
    """
    told = from_data(HelpRegion, spec).told
    parts = _help(told, folder, report) if told is not None and told.together is not None else 0
    report("done", 1.0, f"{parts} parts computed" if parts else "nothing was left to help with")
    return HelpResult(parts)


def _help(told: ProcessRegion, folder: Path, report: Reporter) -> int:
    together = _together(told)
    assert together is not None  # else nobody asked for help
    report("waiting", 0.0, "waiting for the worker to help")
    if not together.wait_for_leader(_LEADER_SECONDS, lambda: report("waiting", 0.0)):
        return 0
    told, sources = _opened(told, report)
    cache, total = StageCache(Path(told.stages)), total_weight(told.region)
    stages = SharedStages(cache, report, total=total, together=together, helping=True)
    with contextlib.suppress(LeaderGone):
        RegionBuild(Ground(told, sources, stages), stages, folder).compute()
    return stages.computed


def _opened(told: ProcessRegion, report: Reporter) -> tuple[ProcessRegion, Sources]:
    """Return what is asked for, checked, and the headers of its sources."""
    check_region(told.region)
    check_reassignment(told.region.reassign, told.classes)
    check_allowed(told.region, told.downloads)
    grid = replace(told.region.grid, crs=horizontal_crs(told.region.grid.crs))
    unzipped = with_unzipped(
        replace(told.region, grid=grid), StageCache(Path(told.stages)), partial(_unpacking, report)
    )
    told = replace(told, region=with_rasters_of_folders(unzipped))
    return told, read_sources(told.region, lambda name: report("sources", 0.0, f"reading {name}"))


def _unpacking(report: Reporter, name: str) -> None:
    report("sources", 0.0, f"unpacking {name}" if name else "")


def _together(told: ProcessRegion) -> Together | None:
    return None if told.together is None else Together(Path(told.together), Path(told.stages) / ".claims")


def _stages(told: ProcessRegion, report: Reporter, together: Together | None) -> Stages:
    cache, total = StageCache(Path(told.stages)), total_weight(told.region)
    if together is None:
        return Stages(cache, report, total=total)
    return SharedStages(cache, report, total=total, together=together)
