"""Display copies: 8 bit, Web Mercator, ready to be cut into map tiles."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.windows import Window as RasterWindow

from workers.files import written_whole
from workers.rasters.qc import is_valid, stored_strips
from workers.rasters.terrain.rows import Rows
from workers.records.channels import ChannelKind
from workers.records.regions import ChannelStatistics

# The mean of 1 (no) and 2 (yes) rounds up at half, so a line of one pixel stays a line; nearest would leave dots of it.
_BRIGHTEST = 255.0
_RESAMPLING = {"continuous": "bilinear", "image": "bilinear", "class": "nearest", "binary": "average"}


def display_range(kind: ChannelKind, dtype: str, statistics: ChannelStatistics) -> tuple[float, float]:
    """Return the values that 1 and 255 stand for: percentiles 2 and 98 of continuous channels, 1 and 255 of images of 8
    bits, also where they are kept in 16; of brighter ones, from before images were 8 bit, the percentiles too.

    For classes (shown as they are) and binary channels (shown as value + 1) it is the range of the values.
    """
    if kind == "binary":
        return (0.0, 1.0)
    if kind == "image" and (dtype == "uint8" or (statistics.maximum or 0.0) <= _BRIGHTEST):
        return (1.0, _BRIGHTEST)
    if statistics.minimum is None or statistics.maximum is None:
        return (0.0, 1.0)
    low, high = statistics.minimum, statistics.maximum
    if kind != "class":
        low, high = statistics.percentiles["2"], statistics.percentiles["98"]
    return (low, high) if high > low else (low, low + 1.0)


def to_bytes(
    values: NDArray[Any], *, kind: ChannelKind, nodata: float | None, spread: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return stored values in 8 bit: 0 is nothing (nodata, and what is not finite), 1-255 span `spread` linearly;
    classes as they are, binary values plus 1.
    """
    valid = is_valid(values, nodata)
    if kind == "class":
        return np.where(valid, np.clip(values, 0, 255), 0).astype(np.uint8)
    if kind == "binary":
        return np.where(valid, np.clip(values, 0, 254) + 1, 0).astype(np.uint8)
    low, high = spread
    with np.errstate(over="ignore", invalid="ignore"):  # nodata may be the least float there is
        scaled = np.clip(np.rint(1 + 254 * (values.astype(np.float32) - low) / (high - low)), 1, 255)
    return np.where(valid, scaled, 0).astype(np.uint8)


def write_display(analysis: Path, target: Path, *, kind: ChannelKind, spread: tuple[float, float]) -> None:
    """Write the display copy of an analysis raster: a cloud-optimised GeoTIFF of one band on the Web Mercator tile
    grid, whole or not at all.
    """
    with MemoryFile() as memory:
        with rasterio.open(analysis, driver="GTiff") as source, memory.open(**_profile(source)) as shown:
            for rows, values in stored_strips(source):
                bytes_ = to_bytes(values, kind=kind, nodata=source.nodata, spread=spread)
                shown.write(bytes_, 1, window=_window(rows, source))
        with memory.open() as dataset, written_whole(target) as temporary:
            rasterio.shutil.copy(
                dataset,
                temporary,
                driver="COG",
                tiling_scheme="GoogleMapsCompatible",
                blocksize=256,
                compress="DEFLATE",
                level=3,
                num_threads="ALL_CPUS",
                predictor="YES",
                resampling=_RESAMPLING[kind],
                overview_resampling=_RESAMPLING[kind],
                add_alpha="NO",
            )


def _profile(source: rasterio.DatasetReader) -> dict[str, Any]:
    size = {"width": source.width, "height": source.height, "count": 1}
    return size | {"driver": "GTiff", "dtype": "uint8", "nodata": 0, "crs": source.crs, "transform": source.transform}


def _window(rows: Rows, source: rasterio.DatasetReader) -> RasterWindow:
    return RasterWindow(0, rows.start, source.width, rows.count)
