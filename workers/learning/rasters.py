"""The rasters of the regions, decoded once, that tiles are windows of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from workers.errors import GridMismatch, InvalidInput
from workers.learning.tiles import Tiles
from workers.records.progress import Reporter

MEMORY_BYTES = 2 << 30
_ROWS_AT_ONCE = 512

FORBIDDEN = ("mask",)  # the labels are read off it


@dataclass(frozen=True)
class Layer:
    """One decoded channel of one region: pixels in the raster's own type, shape (height, width), and its nodata
    value.
    """

    pixels: NDArray[Any]
    nodata: float | None

    def window(self, col: int, row: int, size: int) -> NDArray[np.float32]:
        """Return a square window as float32, shape (size, size), NaN where there is no data."""
        cut = self.pixels[row : row + size, col : col + size]
        values = cut.astype(np.float32)
        if self.nodata is not None and not np.isnan(self.nodata):
            values[cut == self.nodata] = np.nan
        values[np.isinf(values)] = np.nan  # one infinite pixel would spoil the channel's mean
        return values


class RegionRasters:
    """Decoded channels by region.

    Up to `memory` bytes of pixels are held in memory; if the channels need more, all are memory-mapped files in
    `folder`, uncompressed, which the operating system keeps in memory as far as there is room. Each pixel is held
    once, however many tiles share it.
    """

    def __init__(self, layers: Mapping[str, tuple[Layer, ...]]) -> None:
        self._layers = layers

    def layers(self, region: str) -> tuple[Layer, ...]:
        """Return the layers of a region in the order of the run's channels."""
        return self._layers[region]


def check_rasters(
    tiles: Tiles, channels: Sequence[str], rasters: Mapping[str, Mapping[str, str]]
) -> Mapping[str, tuple[Path, ...]]:
    """Return the files of each region that has tiles, in the order of `channels`.

    Raises:
        InvalidInput: no channel, one twice, one that gives the answer away, or a region without one of them.
    """
    if not channels or len(set(channels)) < len(channels):
        raise InvalidInput("channels: give at least one, each once")
    if leaking := [name for name in channels if name in FORBIDDEN]:
        raise InvalidInput(
            f"channels: {leaking[0]} holds the map units that the run has to find; it cannot be an input"
        )
    return {region: _files_of(region, channels, rasters) for region in np.unique(tiles.regions).tolist()}


def _files_of(region: str, channels: Sequence[str], rasters: Mapping[str, Mapping[str, str]]) -> tuple[Path, ...]:
    if region not in rasters:
        raise InvalidInput(f"region {region} has no rasters")
    present = rasters[region]
    if missing := [name for name in channels if name not in present]:
        raise InvalidInput(
            f"region {region} has no channel {', '.join(missing)}; it has {', '.join(sorted(present)) or 'none'}"
        )
    return tuple(Path(present[name]) for name in channels)


def read_rasters(
    tiles: Tiles, files: Mapping[str, Sequence[Path]], folder: Path, report: Reporter, *, memory: int = MEMORY_BYTES
) -> RegionRasters:
    """Decode the channels of every region, reporting fractions 0 to 0.05.

    Raises:
        GridMismatch: channels of one region differ in size.
        InvalidInput: a tile lies outside the rasters of its region, or a raster cannot be read.
    """
    mapped = sum(_decoded_bytes(path) for paths in files.values() for path in paths) > memory
    count = sum(len(paths) for paths in files.values())
    layers: dict[str, tuple[Layer, ...]] = {}
    done = 0
    for region, paths in files.items():
        read = []
        for path in paths:
            fraction = 0.05 * done / count
            target = folder / f"{region}-{done}.npy" if mapped else None
            read.append(_read_layer(path, target, report, fraction))
            done += 1
        _check_sizes(region, read, paths, tiles)
        layers[region] = tuple(read)
    return RegionRasters(layers)


def _decoded_bytes(path: Path) -> int:
    with _opened(path) as dataset:
        return int(dataset.width * dataset.height * np.dtype(dataset.dtypes[0]).itemsize)


def _opened(path: Path) -> Any:
    try:
        return rasterio.open(path, driver="GTiff")
    except rasterio.errors.RasterioIOError as error:
        raise InvalidInput(f"the raster {path.name} cannot be read: {error}") from error


def _read_layer(path: Path, target: Path | None, report: Reporter, fraction: float) -> Layer:
    with _opened(path) as dataset:
        shape, dtype = (dataset.height, dataset.width), np.dtype(dataset.dtypes[0])
        pixels: NDArray[Any] = np.empty(shape, dtype) if target is None else _mapped(target, shape, dtype)
        for row in range(0, dataset.height, _ROWS_AT_ONCE):
            report("read rasters", fraction)
            rows = min(_ROWS_AT_ONCE, dataset.height - row)
            pixels[row : row + rows] = dataset.read(1, window=Window(0, row, dataset.width, rows))
        return Layer(pixels, dataset.nodata)


def _mapped(target: Path, shape: tuple[int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    return np.lib.format.open_memmap(target, mode="w+", dtype=dtype, shape=shape)


def _check_sizes(region: str, layers: Sequence[Layer], paths: Sequence[Path], tiles: Tiles) -> None:
    height, width = layers[0].pixels.shape
    for layer, path in zip(layers, paths, strict=True):
        if layer.pixels.shape != (height, width):
            raise GridMismatch(
                f"region {region}: {path.name} has {layer.pixels.shape[1]} x {layer.pixels.shape[0]} pixels, "
                f"{paths[0].name} {width} x {height}"
            )
    mine = tiles.regions == region
    outside = (tiles.windows < 0) | (tiles.windows + tiles.size > np.array([width, height]))
    if np.any(found := mine & outside.any(axis=1)):
        raise InvalidInput(f"tile {tiles.ids[found][0]} lies outside the rasters of region {region}")
