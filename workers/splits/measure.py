"""The kind `measure-subset`: statistics of channels over the tiles of a subset, a tile at a time.

Each tile counts with all its pixels, those that lie in several tiles several times: so the published statistics are
taken, over tile files, and so a network sees the pixels.
"""

import contextlib
import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window as RasterWindow

from workers.errors import GridMismatch, InvalidInput
from workers.rasters.qc import is_valid, statistics_of_pieces
from workers.records.codec import from_data
from workers.records.grids import Window
from workers.records.progress import Reporter
from workers.records.regions import ChannelStatistics
from workers.records.splits import MeasureSubset, SubsetResult

Tiles = Mapping[str, Sequence[Window]]
"""Windows by region."""


def measure_subset(spec: dict[str, Any], folder: Path, report: Reporter) -> SubsetResult:
    """Take the statistics of every channel over the tiles of a table.

    Args:
        spec: plain data of `MeasureSubset`; its table lies in `folder`.
        folder: nothing is written into it.
        report: told stage, fraction and a sentence per channel.

    Raises:
        InvalidInput: there is no tile.
        GridMismatch: a tile reaches beyond a raster.
    """
    told = from_data(MeasureSubset, spec)
    tiles = _windows(folder / told.tiles)
    if not tiles:
        raise InvalidInput("the subset has no tile with a place on a raster")
    found: dict[str, ChannelStatistics] = {}
    for done, (channel, paths) in enumerate(told.rasters.items()):
        report("statistics", done / len(told.rasters), channel)
        found[channel] = measure_channel({region: Path(paths[region]) for region in tiles}, tiles)
    count = sum(map(len, tiles.values()))
    report("done", 1.0, f"{len(found)} channels over {count:,} tiles")
    return SubsetResult(count, found)


def measure_channel(rasters: Mapping[str, Path], tiles: Tiles) -> ChannelStatistics:
    """Return the statistics over all pixels of all tiles that have data; memory is that of one tile and 2 MiB, beside
    what GDAL keeps of the file.

    Raises:
        GridMismatch: a tile reaches beyond its raster.
    """
    pixels = sum(window.width * window.height for windows in tiles.values() for window in windows)
    with contextlib.ExitStack() as stack:
        opened = {region: stack.enter_context(rasterio.open(path, driver="GTiff")) for region, path in rasters.items()}
        for region, dataset in opened.items():
            _check_within(dataset, tiles[region], region=region)
        return statistics_of_pieces(lambda: _pieces(opened, tiles), None, pixels=pixels)


def _pieces(opened: Mapping[str, Any], tiles: Tiles) -> Iterator[NDArray[np.float32]]:
    for region, windows in tiles.items():
        dataset = opened[region]
        for window in windows:
            part = dataset.read(1, window=RasterWindow(window.col, window.row, window.width, window.height))
            yield np.where(is_valid(part, dataset.nodata), part, np.nan).astype(np.float32)


def _check_within(dataset: Any, windows: Sequence[Window], *, region: str) -> None:
    for window in windows:
        if window.col + window.width > dataset.width or window.row + window.height > dataset.height:
            at = f"column {window.col}, row {window.row}"
            raise GridMismatch(f"{region}: the tile at {at} reaches beyond the raster {Path(dataset.name).name}")


def _windows(table: Path) -> dict[str, list[Window]]:
    tiles: dict[str, list[Window]] = {}
    with table.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            size = int(row["size"])
            tiles.setdefault(row["region"], []).append(Window(int(row["col"]), int(row["row"]), size, size))
    return tiles
