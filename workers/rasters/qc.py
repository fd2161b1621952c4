"""Statistics of a finished channel over its valid pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.records.regions import ChannelStatistics

PERCENTILES = (1, 2, 25, 50, 75, 98, 99)
HISTOGRAM_BINS = 64


def statistics_of(values: NDArray[Any], nodata: float | None) -> ChannelStatistics:
    """Return the statistics of an array as stored; where nothing is valid, all but the counts are None or empty."""
    valid = values.ravel() if nodata is None else values[values != nodata]
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
