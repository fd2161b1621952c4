"""The kind `preview-region`: how many tiles, bytes and minutes a region takes, before anything large is fetched."""

import math
from pathlib import Path
from typing import Any

import shapely

from workers.errors import InvalidInput
from workers.rasters.grid import make_grid
from workers.rasters.indexed import Tell, asked, check_allowed, indexed_roles, obtain_index
from workers.rasters.specification import check_region
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
from workers.records.regions import ProcessRegion, RasterSource, RegionSpec, TileIndexSource, VectorSource
from workers.sources.sizes import sizes_of
from workers.sources.tile_index import named, select_tiles

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
    size = sum(source.size for source in found)
    return RegionPreview(
        grid.width, grid.height, tuple(found), _minutes(size / BYTES_PER_SECOND), _minutes(_seconds(grid))
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
    area = shapely.buffer(shapely.box(*grid.bounds), told.region.buffer)
    assert told.downloads is not None
    if isinstance(source, VectorSource) and source.service is not None:
        answer = asked(role, source.service, area, grid.crs, told.downloads, tell)
        return SourcePreview(role, 0, answer.features, answer.path.stat().st_size, 0)
    assert source.index is not None
    return _indexed(role, source.index, area, grid.crs, told.downloads, tell)


def _indexed(
    role: str, index: TileIndexSource, area: shapely.Geometry, crs: str, allowed: Downloads, tell: Tell
) -> SourcePreview:
    selection = select_tiles(obtain_index(role, index, area, crs, allowed, tell), area, crs)
    urls = list(dict.fromkeys(tile.wanted.url for tile in selection.tiles))
    tell(0.0, f"{role}: asking how large {len(urls):,} files are")
    sizes = sizes_of(urls[:MOST_ASKED], allowed, lambda: tell(0.5, ""))
    known = [each.size for each in sizes if each.size is not None]
    reasons = [each.reason for each in sizes if each.size is None]
    notes = [reasons[0]] if reasons else []
    if selection.without_url:
        notes.append(f"{len(selection.without_url):,} tiles have no URL: {named(selection.without_url)}")
    return SourcePreview(role, len(selection.tiles), 0, sum(known), len(urls) - len(known), tuple(notes))
