"""The kind `preview-region`: how many tiles, bytes and minutes a region takes, before anything large is fetched."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from workers.errors import InvalidInput
from workers.rasters.grid import make_grid
from workers.rasters.indexed import Tell, asked, check_allowed, indexed_roles, kind_of_files, obtain_index
from workers.records.codec import from_data
from workers.records.downloads import Downloads
from workers.records.grids import Grid
from workers.records.previews import (
    BEGIN_SECONDS,
    BYTES_PER_SECOND,
    PIXELS_PER_SECOND,
    RegionPreview,
    SourcePreview,
)
from workers.records.progress import Reporter
from workers.records.region_checks import check_region
from workers.records.regions import ProcessRegion, RasterSource, RegionSpec, VectorSource
from workers.sources.fetch import Wanted
from workers.sources.kept import Kind, size_kept
from workers.sources.sizes import Size, sizes_of
from workers.sources.tile_index import Selection, named, select_tiles

MOST_ASKED = 500
"""Files whose sizes are asked for, of one source; those beyond count as unknown."""


def preview_region(spec: dict[str, Any], folder: Path, report: Reporter) -> RegionPreview:
    """Ask indexes and services what a region needs, and servers how large it is.

    Answers of services are kept, so that processing the same region asks nothing twice; rasters are not downloaded.

    Args:
        spec: plain data of `ProcessRegion`; its region has `grid.bounds`.
        folder: nothing is written into it.
        report: told stage, fraction and a sentence per source.

    Raises:
        InvalidInput: a specification that cannot be carried out, or without bounds.
        DownloadFailed: a service does not answer.
    """
    told = from_data(ProcessRegion, spec)
    grid = _checked(told.region, told.downloads)
    roles = indexed_roles(told.region)
    found = []
    for number, role in enumerate(roles):

        def tell(share: float, message: str, number: int = number) -> None:
            report("asking", (number + share) / len(roles), message)

        assert told.downloads is not None or not roles  # refused by the check
        found.append(_source(role, told, grid, tell))
    report("done", 1.0, f"{len(found)} sources asked for")
    missing = sum(source.size - source.kept for source in found)
    return RegionPreview(
        grid.width, grid.height, tuple(found), _minutes(missing / BYTES_PER_SECOND), _minutes(_seconds(grid))
    )


def _checked(region: RegionSpec, allowed: Downloads | None) -> Grid:
    check_region(region)
    check_allowed(region, allowed)
    if region.grid.bounds is None:
        raise InvalidInput("grid.bounds: a preview needs the region's bounds")
    return make_grid(region.grid, mapped=None, buffer=region.buffer, rasters=())


def _seconds(grid: Grid) -> float:
    return BEGIN_SECONDS + grid.width * grid.height / PIXELS_PER_SECOND


def _minutes(seconds: float) -> float:
    return math.ceil(seconds / 6) / 10


def _source(role: str, told: ProcessRegion, grid: Grid, tell: Tell) -> SourcePreview:
    source: RasterSource | VectorSource = getattr(told.region, role)
    assert told.downloads is not None
    assert told.region.grid.bounds is not None
    area = shapely.buffer(shapely.box(*told.region.grid.bounds), told.region.buffer)
    if isinstance(source, VectorSource) and source.service is not None:
        answer = asked(role, source.service, area, grid.crs, told.downloads, tell)
        size = answer.path.stat().st_size
        return SourcePreview(role, 0, answer.features, size, 0, kept=size)
    assert source.index is not None
    index = obtain_index(role, source.index, area, grid.crs, told.downloads, tell)
    files = _Files(role, kind_of_files(source), told.downloads)
    return files.preview(select_tiles(index, area, grid.crs), tell)


@dataclass(frozen=True)
class _Files:
    """The files that an index names for one source, some of which may be kept already."""

    role: str
    kind: Kind
    allowed: Downloads

    def preview(self, selection: Selection, tell: Tell) -> SourcePreview:
        wanted = list({tile.wanted.url: tile.wanted for tile in selection.tiles}.values())
        kept = {each.url: size for each in wanted if (size := self._kept(each)) is not None}
        missing = [each.url for each in wanted if each.url not in kept]
        sizes = self._ask(missing, tell)
        known = [each.size for each in sizes if each.size is not None]
        here = sum(kept.values())
        return SourcePreview(
            self.role,
            len(selection.tiles),
            0,
            here + sum(known),
            len(missing) - len(known),
            tuple(_notes(selection, sizes)),
            kept=here,
        )

    def _kept(self, wanted: Wanted) -> int | None:
        return size_kept(wanted, self.kind, Path(self.allowed.folder))

    def _ask(self, urls: list[str], tell: Tell) -> list[Size]:
        if not urls:
            return []
        tell(0.0, f"{self.role}: asking how large {len(urls):,} files are")
        return sizes_of(urls[:MOST_ASKED], self.allowed, lambda: tell(0.5, ""))


def _notes(selection: Selection, sizes: list[Size]) -> Iterator[str]:
    yield from [each.reason for each in sizes if each.size is None][:1]
    if tiles := selection.without_url:
        have = "1 tile has" if len(tiles) == 1 else f"{len(tiles):,} tiles have"
        yield f"{have} no URL: {named(tiles)}"
