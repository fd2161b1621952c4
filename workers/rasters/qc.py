"""Statistics of a finished channel over its valid pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.records.regions import ChannelStatistics

PERCENTILES = (1, 2, 25, 50, 75, 98, 99)
HISTOGRAM_BINS = 64


def is_valid(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Return where an array as stored has data: finite, and another value than nodata (which may be NaN)."""
    valid: NDArray[np.bool_] = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, np.bool_)
    return valid if nodata is None else valid & (values != nodata)


def statistics_of(values: NDArray[Any], nodata: float | None) -> ChannelStatistics:
    """Return the statistics of an array as stored; where nothing is valid, all but the counts are None or empty."""
    known = is_valid(values, nodata)
    valid = values.ravel() if known.all() else values[known]
    missing = values.size - valid.size
    if valid.size == 0:
        return ChannelStatistics(0, missing, None, None, None, None, {}, ())
    lowest, highest = float(valid.min()), float(valid.max())
    counts = np.histogram(valid, HISTOGRAM_BINS, (lowest, highest if highest > lowest else lowest + 1))[0]
    return ChannelStatistics(
        valid_pixels=int(valid.size),
        nodata_pixels=int(missing),
        minimum=lowest,
        maximum=highest,
        mean=float(valid.mean(dtype=np.float64)),
        std=float(valid.std(dtype=np.float64)),
        percentiles={
            str(rank): float(value) for rank, value in zip(PERCENTILES, np.percentile(valid, PERCENTILES), strict=True)
        },
        histogram=tuple(int(count) for count in counts),
    )
