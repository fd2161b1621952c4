"""What `process-region` would have left in a job's folder, without the processing: two channels, a map, three tiles."""

import json
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.jobs.models import Job, JobState
from workers.files import describe_file, write_text
from workers.records.codec import dumps
from workers.records.downloads import DownloadedFile
from workers.records.grids import Grid
from workers.records.map_units import SYMBOLS
from workers.records.quality import AreaDifference, AreaDifferences, Flaws, MapReport, Quality, Seam
from workers.records.regions import ChannelRaster, ChannelStatistics, RegionResult

GRID = Grid("EPSG:3089", 4_700_000.0, 3_560_000.0, 5.0, 512, 512)
STATISTICS = ChannelStatistics(4, 0, 0.0, 1.0, 0.5, 0.25, {"50": 0.5}, (2, 2))
QUALITY = Quality(
    warnings=("Nobody says in which unit elevations are.",),
    seams=(
        Seam("dem", "west.tif", "step", 0.5, 0.1, (1.0, 2.0), (1.0, 90.0)),
        Seam("aerialr", "west.tif", "gap", 0.25, 0.0, (1.0, 2.0), (1.0, 90.0)),
    ),
    map=MapReport(9, Flaws(0, 0.0, ()), Flaws(2, 12.5, ((7.0, 8.0),)), Flaws(0, 0.0, ())),
    areas=AreaDifferences(3, (AreaDifference("a_256_50_1", "Qr", 0.75, 0.7),)),
)
RING = [
    [4_700_000, 3_560_000],
    [4_702_560, 3_560_000],
    [4_702_560, 3_557_440],
    [4_700_000, 3_557_440],
    [4_700_000, 3_560_000],
]
TILES = (("a_256_50_1", 0, 256), ("a_256_50_2", 0, 128), ("a_256_50_3", 128, 256))


def specification(source: Path, **changed: Any) -> dict[str, Any]:
    return {
        "slug": "hollow",
        "name": "Hollow",
        "area": "Hollow County",
        "grid": {"crs": "EPSG:3089", "pixel_size": 5},
        "dem": {"paths": [str(source)], "bands": ["dem"]},
        "tiles": {"prefix": "a_"},
    } | changed


def make_job(owner: User, params: dict[str, Any]) -> Job:
    return Job.objects.create(
        kind="process-region", owner=owner, params=params, content_hash="", queue="long", state=JobState.QUEUED
    )


def write_result(
    folder: Path,
    *,
    tiles: tuple[tuple[str, int, int], ...] = TILES,
    mapped: bool = True,
    grid: Grid = GRID,
    downloads: tuple[DownloadedFile, ...] = (),
) -> dict[str, Any]:
    """Write the files of a result and return it as the child's JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    classes = SYMBOLS if mapped else ()
    areas = ",0.25,0,0,0,0,0,0.75,0.3,0,0,0,0,0,0.7" if mapped else ""
    lines = [",".join(["patch_id", "col", "row", *classes, *(f"mask_{symbol}" for symbol in classes)])]
    lines += [f"{patch},{col},{row}{areas}" for patch, col, row in tiles]
    feature = {
        "type": "Feature",
        "properties": {"symbol": "Qr"},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }
    source = {"role": "dem", "path": "/x/dem.tif", "bands": ["dem"], "sha256": "a" * 64, "size": 9}
    files = {
        "tiles.csv": "\n".join(lines) + "\n",
        "boundary.geojson": json.dumps({"type": "MultiPolygon", "coordinates": [[RING]]}),
        "map_units.geojson": json.dumps({"type": "FeatureCollection", "features": [feature]}),
        "sources.json": json.dumps([source]),
    }
    for name, text in files.items():
        write_text(folder / name, text)
    result = RegionResult(
        grid=grid,
        channels=(_raster(folder, "dem"), _raster(folder, "s_7")),
        tiles=describe_file(folder / "tiles.csv", root=folder),
        tile_count=len(tiles),
        boundary=describe_file(folder / "boundary.geojson", root=folder),
        map_units=describe_file(folder / "map_units.geojson", root=folder) if mapped else None,
        classes=classes,
        notes=("a note",),
        downloads=downloads,
        quality=QUALITY,
    )
    data: dict[str, Any] = json.loads(dumps(result))
    return data


def _raster(folder: Path, channel: str) -> ChannelRaster:
    for name in (f"{channel}.tif", f"{channel}-display.tif"):
        write_text(folder / name, name)
    analysis = describe_file(folder / f"{channel}.tif", root=folder)
    display = describe_file(folder / f"{channel}-display.tif", root=folder)
    return ChannelRaster(channel, analysis, display, "float32", -9999.0, (0.0, 1.0), STATISTICS)
