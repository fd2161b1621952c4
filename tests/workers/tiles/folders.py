"""A made region of all 38 channels, 640 x 512 px with twelve places for tiles, of which the one in the north-east is
left out; as rasters with a table of tiles, and as the folders that are written of them.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tests.workers.tiles.small_dataset import collection, square, table, write
from workers.records.channels import CATALOGUE, CHANNEL_NAMES, ChannelInfo
from workers.records.codec import to_data
from workers.records.grids import Grid
from workers.records.map_units import SYMBOLS
from workers.records.progress import ignore_progress
from workers.records.tile_folders import ExportDataset, ExportedRegion, ExportResult, FolderLayout, TilesResult
from workers.tiles.export import export_dataset
from workers.tiles.rebuild import read_tiles

GRID = Grid("EPSG:3089", 4_700_000.0, 3_560_000.0, 5.0, 640, 512)
PLACES = [(col, row) for col in range(0, 385, 128) for row in (256, 128, 0)][:-1]  # columns, each from the south
IDS = [f"hill_256_50_{number}" for number in range(1, 12)]
SUBSETS = ["train"] * 6 + ["val", "val", "test_id", "test_id", "test_cd"]
REGION: dict[str, Any] = {"slug": "hill", "name": "Hill", "area": "Hill County", "made": True}
NAN_CHANNEL = "sds_5x5"  # its nodata value is NaN, as in published files


@dataclass(frozen=True)
class Exported:
    """A folder of tile files, and the record of how it was written."""

    path: Path
    result: ExportResult


def nodata_of(channel: ChannelInfo) -> float | None:
    if channel.name == NAN_CHANNEL:
        return float("nan")
    return {"continuous": -9999.0, "image": 0.0, "class": 0.0, "binary": None}[channel.kind]


def pixels_of(channel: ChannelInfo, seed: int) -> NDArray[Any]:
    """Smooth ground with a hole of no data, in the type that the channel has in published folders."""
    rng = np.random.default_rng(seed)
    smooth: NDArray[np.float64] = gaussian_filter(rng.normal(size=(GRID.height, GRID.width)), 24)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    hole = np.s_[40:90, 300:420]
    if channel.kind == "continuous":
        ground: NDArray[np.float32] = (600 + 90 * smooth).astype(np.float32)
        ground[hole] = nodata_of(channel)
        return ground
    if channel.kind == "binary":
        lines: NDArray[np.uint8] = (smooth > 0.7).astype(np.uint8)
        return lines
    values: NDArray[np.uint8] = np.rint(1 + (6 if channel.kind == "class" else 200) * smooth).astype(np.uint8)
    values[hole] = 0
    return values


def write_rasters(folder: Path, names: tuple[str, ...] = CHANNEL_NAMES) -> dict[str, str]:
    """Write the analysis rasters of the made region and return their paths by channel."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for seed, channel in enumerate(CATALOGUE):
        if channel.name in names:
            paths[channel.name] = str(folder / f"{channel.name}.tif")
            write_raster(Path(paths[channel.name]), pixels_of(channel, seed), nodata_of(channel))
    return paths


def write_raster(path: Path, pixels: NDArray[Any], nodata: float | None, *, place: Affine | None = None) -> None:
    about = {"width": pixels.shape[1], "height": pixels.shape[0], "count": 1, "dtype": pixels.dtype, "nodata": nodata}
    about |= {"crs": GRID.crs, "transform": place or Affine(*GRID.transform)}
    with rasterio.open(path, "w", driver="GTiff", **about) as target:
        target.write(pixels, 1)


def read(path: Path | str) -> NDArray[Any]:
    with rasterio.open(path) as dataset:
        pixels: NDArray[Any] = dataset.read(1)
    return pixels


def write_table(path: Path) -> None:
    """Write the table of tiles that the preparation of an export writes; areas are thirds, which no decimal has."""
    columns = [f"{kind}_{symbol}" for kind in ("area", "label") for symbol in SYMBOLS]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["patch_id", "region", "left", "bottom", "right", "top", "col", "row", "subset", *columns])
        for patch, (col, row), subset in zip(IDS, PLACES, SUBSETS, strict=True):
            left, top = GRID.origin_x + 5 * col, GRID.origin_y - 5 * row
            bounds = (left, top - 1280, left + 1280, top)
            writer.writerow(
                [patch, "hill", *bounds, col, row, subset, 1 / 3, 0, 0, 0, 0, 0, 2 / 3, 1, 0, 0, 0, 0, 0, 1]
            )


def export(
    folder: Path, rasters: dict[str, str], layout: FolderLayout, *, reserve: int = 0, **changed: Any
) -> Exported:
    """Write the made region as a folder of tile files."""
    write_table(folder / "tiles.csv")
    statistics = {"dem": (612.5, 91.25), "s_50": (1 / 3, 0.5)}
    about = {"prefix": "hill_", "overlap": 50, "tile_px": 256, "grid": GRID, "rasters": rasters}
    told = ExportDataset(
        layout=layout,
        dataset_version="hill",
        title="Hill",
        label_revision="hill",
        classes=SYMBOLS,
        split="hill-split",
        licence="CC BY 4.0",
        citation="Made",
        regions=(ExportedRegion(**(REGION | about | changed), statistics=statistics),),
        tiles="tiles.csv",
        reserve=reserve,
    )
    result = export_dataset(to_data(told), folder, ignore_progress)
    return Exported(folder / result.folder, result)


def rebuild(source: Path, folder: Path, **changed: Any) -> TilesResult:
    """Read a folder of tile files as a worker does, without its process."""
    folder.mkdir(parents=True, exist_ok=True)
    return read_tiles({"folder": str(source), **changed}, folder, ignore_progress)


def covered() -> NDArray[np.bool_]:
    """Where the made region has a tile."""
    found = np.zeros((GRID.height, GRID.width), np.bool_)
    for col, row in PLACES:
        found[row : row + 256, col : col + 256] = True
    return found


def published_folder(folder: Path, *, ids: Sequence[str] = ("hv_256_50_1", "hv_256_50_2", "sonora_256_50_1")) -> Path:
    """Write an archive of v1.0.1 with one channel; two tiles of Howe Valley overlap, one of Sonora lies away."""
    columns = {"hv_256_50_1": 0, "hv_256_50_2": 1, "sonora_256_50_1": 40}
    files = {
        "areas.csv": table(ids, "0,0,0,0,0,0,1"),
        "labels.csv": table(ids, "0,0,0,0,0,0,1"),
        "locations.geojson": collection({patch: square(columns[patch]) for patch in ids}),
    }
    source = write(folder / "earthscape_hardin_sonora", files)
    (source / "patches").mkdir()
    for patch in ids:
        place = Affine(5, 0, 4_665_933.25 + 640 * columns[patch], 0, -5, 3_570_198.5)
        value = 40.0 if patch.startswith("sonora") else 8.0
        write_raster(
            source / "patches" / f"{patch}_slope_50.tif", np.full((256, 256), value, np.float32), np.nan, place=place
        )
    return folder
