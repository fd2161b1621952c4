"""Statistics of a finished channel over its valid pixels."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window as RasterWindow

from workers.rasters.streaming import spread_of
from workers.rasters.terrain.rows import Rows, strips
from workers.records.regions import ChannelStatistics

PERCENTILES = (1, 2, 25, 50, 75, 98, 99)
HISTOGRAM_BINS = 64
_STRIP_PIXELS = 1 << 22


def is_valid(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Return where an array as stored has data: finite, and another value than nodata (which may be NaN)."""
    valid: NDArray[np.bool_] = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, np.bool_)
    return valid if nodata is None else valid & (values != nodata)


def nothing_there(statistics: Mapping[str, ChannelStatistics]) -> Iterator[str]:
    """Yield a sentence for streams and for roads, by the name of their channel, where none lies in the region: it may
    be so, or the file may be another place's.
    """
    for channel, source in (("nhd", "streams"), ("osm", "roads")):
        found = statistics.get(channel)
        if found is not None and found.maximum == 0:
            yield f"Nothing of {source} lies in the region: if there should be some, check its file and layer."


def statistics_of(values: NDArray[Any], nodata: float | None) -> ChannelStatistics:
    """Return the statistics of an array as stored; where nothing is valid, all but the counts are None or empty."""
    return statistics_of_pieces(lambda: [values], nodata, pixels=values.size)


def statistics_of_raster(path: Path) -> ChannelStatistics:
    """Return the same of an analysis raster, which is read a strip at a time."""
    with rasterio.open(path, driver="GTiff") as dataset:
        return statistics_of_pieces(
            lambda: (values for _, values in stored_strips(dataset)),
            dataset.nodata,
            pixels=dataset.width * dataset.height,
        )


def stored_strips(dataset: rasterio.DatasetReader) -> Iterator[tuple[Rows, NDArray[Any]]]:
    """Yield the rows of a raster's first band, strip by strip, as stored."""
    for rows in strips(dataset.height, dataset.width, pixels=_STRIP_PIXELS):
        yield rows, dataset.read(1, window=RasterWindow(0, rows.start, dataset.width, rows.count))


def statistics_of_pieces(
    pieces: Callable[[], Iterable[NDArray[Any]]], nodata: float | None, *, pixels: int
) -> ChannelStatistics:
    """Return the statistics of `pixels` values that come piece by piece, each time anew when `pieces` is called, as
    stored; where nothing is valid, all but the counts are None or empty. Memory is that of a piece and 2 MiB.
    """
    found = spread_of(lambda: (_marked(piece, nodata) for piece in pieces()), ranks=PERCENTILES, bins=HISTOGRAM_BINS)
    if found is None:
        return ChannelStatistics(0, pixels, None, None, None, None, {}, ())
    return ChannelStatistics(
        valid_pixels=found.count,
        nodata_pixels=pixels - found.count,
        minimum=found.minimum,
        maximum=found.maximum,
        mean=found.mean,
        std=found.std,
        percentiles={f"{rank:g}": value for rank, value in found.percentiles.items()},
        histogram=found.histogram,
    )


def _marked(values: NDArray[Any], nodata: float | None) -> NDArray[np.float32]:
    """Return stored values with NaN where they are none."""
    return np.where(is_valid(values, nodata), values, np.nan).astype(np.float32)
