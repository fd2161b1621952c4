"""The table of a region's tiles: which are kept, where they lie, how much of each unit they hold."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from workers.files import written_whole
from workers.rasters.map_units import MapUnits
from workers.rasters.terrain.compiled import Tick
from workers.records.grids import Grid
from workers.records.regions import TileSpec
from workers.tiles.areas import class_areas, wholly_mapped
from workers.tiles.cut import Tile, candidates, footprints, number_tiles, wholly_valid

TABLE = "tiles.csv"


def write_mapped_tiles(
    path: Path, grid: Grid, spec: TileSpec, units: MapUnits, classes: tuple[str, ...], tick: Tick
) -> None:
    """Write the tiles that lie wholly within the mapped area, with the share of each class."""
    windows = candidates(grid, spec, units.area.bounds)
    areas = class_areas(footprints(grid, windows), units.polygons, units.symbols, classes, tick=tick)
    kept = wholly_mapped(areas)
    tiles = number_tiles((window for window, whole in zip(windows, kept, strict=True) if whole), spec)
    _write(path, tiles, classes, areas[kept])


def write_valid_tiles(path: Path, grid: Grid, spec: TileSpec, rasters: Sequence[Path]) -> None:
    """Write the tiles in which every pixel of every raster given has data; of a region without a map."""
    windows = candidates(grid, spec, grid.bounds)
    kept = wholly_valid(_valid_everywhere(grid, rasters), windows)
    tiles = number_tiles((window for window, whole in zip(windows, kept, strict=True) if whole), spec)
    _write(path, tiles, (), np.zeros((len(tiles), 0)))


def _valid_everywhere(grid: Grid, rasters: Sequence[Path]) -> NDArray[np.bool_]:
    valid = np.ones((grid.height, grid.width), np.bool_)
    for path in rasters:
        with rasterio.open(path, driver="GTiff") as dataset:
            valid &= dataset.read(1) != dataset.nodata
    return valid


def _write(path: Path, tiles: Sequence[Tile], classes: tuple[str, ...], areas: NDArray[np.float64]) -> None:
    with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["patch_id", "col", "row", *classes])
        for tile, shares in zip(tiles, areas, strict=True):
            writer.writerow([tile.patch_id, tile.window.col, tile.window.row, *map(repr, shares.tolist())])


def count_tiles(path: Path) -> int:
    """Return the number of tiles in a table."""
    with path.open(encoding="utf-8") as stream:
        return sum(1 for _ in stream) - 1
