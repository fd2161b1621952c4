"""One tile file: outside content, opened as such and checked against its region."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from workers.errors import BrokenFile
from workers.rasters.intake import opened
from workers.records.datasets import PublishedRegion
from workers.records.grids import TOLERANCE_PX, Grid
from workers.tiles.importing.footprints import LARGEST_COORDINATE, Bounds

_SAME_SIZE = 1e-6  # of a pixel's side


@dataclass(frozen=True)
class TileHeader:
    """What a tile file says of itself: upper left corner in CRS units, data type, nodata value."""

    left: float
    top: float
    dtype: np.dtype[Any]
    nodata: float | None


@dataclass(frozen=True)
class Expected:
    """What every tile file of a region must keep to; `grid` is that of the region where the folder's metadata tell."""

    region: PublishedRegion
    crs: rasterio.CRS
    grid: Grid | None = None

    @classmethod
    def of(cls, region: PublishedRegion, grid: Grid | None = None) -> "Expected":
        """Return what the tile files of a region must keep to."""
        return cls(region, rasterio.CRS.from_user_input(region.crs), grid)


def read_header(path: Path, expected: Expected, bounds: Bounds | None) -> TileHeader:
    """Return the header of a tile file.

    Raises:
        BrokenFile: another number of bands, size, CRS or pixel size than the region's, or elsewhere than its footprint.
        InvalidInput: no GeoTIFF, or broken.
    """
    with opened(path) as dataset:
        return _header(path, dataset, expected, bounds)


def read_pixels(path: Path, expected: Expected, bounds: Bounds | None) -> tuple[TileHeader, NDArray[Any]]:
    """Return the header and the pixels as stored, shape (size, size). Raises what `read_header` does."""
    with opened(path) as dataset:
        return _header(path, dataset, expected, bounds), dataset.read(1)


def _header(path: Path, dataset: Any, expected: Expected, bounds: Bounds | None) -> TileHeader:
    region, place = expected.region, dataset.transform
    size = region.tile_px
    if dataset.count != 1:
        raise BrokenFile(path, f"has {dataset.count} bands, a tile file has one")
    if (dataset.width, dataset.height) != (size, size):
        raise BrokenFile(path, f"has {dataset.width} x {dataset.height} pixels, expected {size} x {size}")
    if dataset.crs != expected.crs:
        raise BrokenFile(path, f"its CRS is not {region.crs}")
    off = max(abs(place.a - region.pixel_size), abs(place.e + region.pixel_size), abs(place.b), abs(place.d))
    if not off <= _SAME_SIZE * region.pixel_size or not max(abs(place.c), abs(place.f)) < LARGEST_COORDINATE:
        reason = (
            f"its pixels are {place.a} x {-place.e} at {place.c}, {place.f}; expected {region.pixel_size}, north up"
        )
        raise BrokenFile(path, reason)
    header = TileHeader(place.c, place.f, np.dtype(dataset.dtypes[0]), dataset.nodata)
    _check_place(path, header, region, bounds)
    return header


def _check_place(path: Path, header: TileHeader, region: PublishedRegion, bounds: Bounds | None) -> None:
    if bounds is None:
        return
    away = max(abs(header.left - bounds[0]), abs(header.top - bounds[3])) / region.pixel_size
    if not away <= TOLERANCE_PX:
        raise BrokenFile(path, f"lies {away:g} pixels from where its footprint is")
