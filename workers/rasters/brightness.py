"""A range of brightness to begin with, for imagery that must become 8 bit."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workers.rasters.intake import SourceRaster
from workers.rasters.mosaic import Lattice, open_mosaic
from workers.records.grids import Window

_MOST_FILES = 4
_PER_SIDE, _SIDE = 8, 32  # windows, and pixels of each
_RANKS = (2, 98)


def usual_range(files: Sequence[SourceRaster], *, band_count: int) -> tuple[int, int] | None:
    """Return whole numbers about the percentiles 2 and 98 of a sample of files' valid values, all bands together, or
    None where it has none.

    The sample is 64 small windows of up to four files, so its cost does not grow with the files.

    Raises:
        BrokenFile: pixels that cannot be decoded.
    """
    each = -(-len(files) // _MOST_FILES)
    found = [sample for file in files[::each] for sample in _samples(file, band_count)]
    if not found:
        return None
    low, high = np.percentile(np.concatenate(found), _RANKS)
    return int(np.floor(low)), max(int(np.ceil(high)), int(np.floor(low)) + 1)


def _samples(file: SourceRaster, band_count: int) -> Iterator[NDArray[np.float32]]:
    with open_mosaic(Lattice((file,)), band_count=band_count) as mosaic:
        for row in _starts(file.height):
            for col in _starts(file.width):
                found = mosaic.read(Window(col, row, min(_SIDE, file.width), min(_SIDE, file.height)))
                if found is not None and not np.isnan(found).all():
                    yield found[~np.isnan(found)]


def _starts(length: int) -> list[int]:
    """Return where windows begin that are spread evenly over a side, the first and the last at its ends."""
    return sorted(set(np.linspace(0, max(0, length - _SIDE), _PER_SIDE).astype(int).tolist()))
