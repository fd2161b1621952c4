"""The table of a region's tiles: which are kept, where they lie, how much of each unit they hold."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from workers.files import write_text, written_whole
from workers.rasters.map_units import MapUnits
from workers.rasters.qc import stored_strips
from workers.rasters.store import Finished
from workers.rasters.terrain.compiled import Tick
from workers.records.codec import dumps
from workers.records.grids import Grid, Window
from workers.records.quality import AreaDifference, AreaDifferences
from workers.records.regions import TileSpec
from workers.tiles.areas import ALMOST_MAPPED, class_areas, crossed_by_slits, wholly_mapped
from workers.tiles.counting import pixel_areas, wholly_valid
from workers.tiles.cut import Bounds, Tile, candidates, footprints, number_tiles

TABLE = "tiles.csv"
DIFFERENCES = "differences.json"
MAPPED = "mapped.json"
MASK = "mask_"
_SLIT = 0.04  # pixels: 0.2 ft on EarthScape's grid
_ALIKE = 0.01  # of a tile
_MOST_NAMED = 10


@dataclass(frozen=True)
class Mapped:
    """How many tiles count as mapped although slits between polygons cross them, and how many squares are left out that
    are mapped for 99 % or more.
    """

    crossed: int
    almost: int


def write_mapped_tiles(
    folder: Path, grid: Grid, spec: TileSpec, units: MapUnits, classes: tuple[str, ...], mask: Path, tick: Tick
) -> None:
    """Write the tiles that lie wholly within the mapped area, slits narrower than 0.04 pixels aside, with the share of
    each class by its polygons and by the pixels of the mask; how much the two differ; and what was nearly mapped.
    """
    windows = candidates(grid, spec, units.area.bounds)
    squares = footprints(grid, windows)
    areas = class_areas(squares, units.polygons, units.symbols, classes, tick=tick)
    crossed = crossed_by_slits(areas, squares, units.polygons, width=_SLIT * grid.pixel_size)
    areas[crossed] /= areas[crossed].sum(axis=1, keepdims=True)
    kept = wholly_mapped(areas)
    almost = int(((areas.sum(axis=1) >= ALMOST_MAPPED) & ~kept).sum())
    write_text(folder / MAPPED, dumps(Mapped(int(crossed.sum()), almost)))
    tiles = number_tiles((window for window, whole in zip(windows, kept, strict=True) if whole), spec)
    pixels = pixel_areas(_mask_strips(mask), [tile.window for tile in tiles], classes=len(classes))
    _write(
        folder / TABLE, tiles, (*classes, *(f"{MASK}{symbol}" for symbol in classes)), np.hstack([areas[kept], pixels])
    )
    write_text(folder / DIFFERENCES, dumps(area_differences(tiles, classes, areas[kept], pixels)))


def area_differences(
    tiles: Sequence[Tile], classes: tuple[str, ...], areas: NDArray[np.float64], pixels: NDArray[np.float64]
) -> AreaDifferences:
    """Return which tiles have a class whose two shares, (tiles, classes) each, differ by more than 1 % of the tile."""
    apart = np.abs(areas - pixels).round(12)  # noise must not decide which of two equals comes first
    order = np.argsort(-apart, axis=None, kind="stable")[:_MOST_NAMED]
    largest = [
        AreaDifference(tiles[tile].patch_id, classes[place], float(areas[tile, place]), float(pixels[tile, place]))
        for tile, place in zip(*np.unravel_index(order, apart.shape), strict=True)
        if apart[tile, place] > _ALIKE
    ]
    return AreaDifferences(int((apart > _ALIKE).any(axis=1).sum()), tuple(largest))


def write_valid_tiles(path: Path, grid: Grid, spec: TileSpec, within: Bounds, rasters: Sequence[Path]) -> None:
    """Write the tiles within some bounds in which every pixel of every raster given has data; of a region without a
    map.
    """
    windows = candidates(grid, spec, within)
    kept = np.ones(len(windows), np.bool_)
    for raster in rasters:
        kept &= wholly_valid(_valid_strips(raster), windows)
    tiles = number_tiles((window for window, whole in zip(windows, kept, strict=True) if whole), spec)
    _write(path, tiles, (), np.zeros((len(tiles), 0)))


def tiles_with_holes(table: Path, spec: TileSpec, rasters: Sequence[Finished]) -> Iterator[str]:
    """Yield a note where tiles of a table have pixels without elevation, as those of a mapped area may."""
    dem = next((raster.path for raster in rasters if raster.channel == "dem"), None)
    if dem is not None and (holes := _count_with_holes(table, spec, dem)):
        of = count_tiles(table)
        yield f"{holes:,} of {of:,} tiles have pixels without elevation: the map alone says what is kept"


def _count_with_holes(table: Path, spec: TileSpec, raster: Path) -> int:
    with table.open(encoding="utf-8", newline="") as stream:
        corners = [(int(row["col"]), int(row["row"])) for row in csv.DictReader(stream)]
    windows = [Window(col, row, spec.size, spec.size) for col, row in corners]
    return int(np.count_nonzero(~wholly_valid(_valid_strips(raster), windows)))


def _mask_strips(mask: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    with rasterio.open(mask, driver="GTiff") as dataset:
        yield from ((rows.start, values) for rows, values in stored_strips(dataset))


def _valid_strips(raster: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    with rasterio.open(raster, driver="GTiff") as dataset:
        for rows, values in stored_strips(dataset):
            yield rows.start, (values != dataset.nodata).astype(np.uint8)


def _write(path: Path, tiles: Sequence[Tile], columns: tuple[str, ...], shares: NDArray[np.float64]) -> None:
    with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["patch_id", "col", "row", *columns])
        for tile, row in zip(tiles, shares, strict=True):
            writer.writerow([tile.patch_id, tile.window.col, tile.window.row, *map(repr, row.tolist())])


def count_tiles(path: Path) -> int:
    """Return the number of tiles in a table."""
    with path.open(encoding="utf-8") as stream:
        return sum(1 for _ in stream) - 1
