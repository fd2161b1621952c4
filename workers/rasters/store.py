"""Analysis rasters: how a finished channel is written, and read back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from workers.errors import GridMismatch
from workers.files import written_whole
from workers.records.channels import ChannelKind
from workers.records.grids import Grid

NODATA = -9999.0  # of continuous channels; NaN cannot be told in JSON
NOTHING = 0  # of images and classes
BLOCK = 256
_PREDICTOR = {"continuous": "FLOATING_POINT", "image": "STANDARD", "class": "NO", "binary": "NO"}
_RESAMPLING = {"continuous": "average", "image": "average", "class": "nearest", "binary": "nearest"}


@dataclass(frozen=True)
class Finished:
    """One analysis raster: channel, kind, and where it is."""

    channel: str
    kind: ChannelKind
    path: Path


def nodata_of(kind: ChannelKind) -> float | None:
    """Return the value that means "no data" in a channel of this kind: none in binary ones, whose 0 is an answer."""
    return {"continuous": NODATA, "image": float(NOTHING), "class": float(NOTHING), "binary": None}[kind]


def write_analysis(path: Path, array: NDArray[Any], grid: Grid, *, kind: ChannelKind) -> None:
    """Write an array (height, width) as a cloud-optimised GeoTIFF on the grid, whole or not at all.

    Continuous channels come as floats with NaN where missing and are stored as float32 with -9999; images as uint8 or
    uint16 with 0 for missing; classes as uint8, 0 outside; binary channels as uint8 without nodata. Blocks of 256 px,
    ZSTD with predictor, overviews.
    """
    stored = np.where(np.isnan(array), NODATA, array).astype(np.float32) if kind == "continuous" else array
    with (
        written_whole(path) as temporary,
        rasterio.open(
            temporary,
            "w",
            driver="COG",
            width=grid.width,
            height=grid.height,
            count=1,
            dtype=stored.dtype,
            crs=grid.crs,
            transform=Affine(*grid.transform),
            nodata=nodata_of(kind),
            blocksize=BLOCK,
            compress="ZSTD",
            level=3,
            num_threads="ALL_CPUS",
            predictor=_PREDICTOR[kind],
            overview_resampling=_RESAMPLING[kind],
        ) as target,
    ):
        target.write(stored, 1)


def image_values(band: NDArray[np.float32], dtype: str) -> NDArray[Any]:
    """Return an image band (NaN where missing) as uint8 or uint16: 0 is missing, and black is 1."""
    kind = np.dtype(dtype if dtype in ("uint8", "uint16") else "uint16")
    values = np.clip(np.rint(band), 1, np.iinfo(kind).max)
    return np.where(np.isnan(band), NOTHING, values).astype(kind)


def read_continuous(path: Path) -> NDArray[np.float64]:
    """Return an analysis raster as float64 (height, width), NaN where missing."""
    with rasterio.open(path, driver="GTiff") as dataset:
        values: NDArray[np.float64] = dataset.read(1).astype(np.float64)
        values[values == dataset.nodata] = np.nan
    return values


def check_grid(rasters: list[Finished], grid: Grid) -> None:
    """Check that every raster lies on the grid: CRS, transform, width and height.

    Raises:
        GridMismatch: naming the first that does not.
    """
    for raster in rasters:
        with rasterio.open(raster.path, driver="GTiff") as dataset:
            if not _lies_on(dataset, grid):
                found = f"{dataset.width} x {dataset.height} at {tuple(dataset.transform)[:6]}"
                raise GridMismatch(f"{raster.channel}: {found} is not on the region's grid")


def _lies_on(dataset: rasterio.DatasetReader, grid: Grid) -> bool:
    same_size = (dataset.width, dataset.height) == (grid.width, grid.height)
    same_place = dataset.transform.almost_equals(Affine(*grid.transform))
    return bool(same_size and same_place and dataset.crs == rasterio.CRS.from_user_input(grid.crs))
