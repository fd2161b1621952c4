"""Analysis rasters: how a finished channel is written, and read back."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window as RasterWindow

from workers.errors import GridMismatch
from workers.files import written_whole
from workers.rasters.terrain.rows import Rows
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
    """Write an array (height, width) as an analysis raster, as `analysis_written` does."""
    dtype = "float32" if kind == "continuous" else array.dtype.name
    with analysis_written([path], grid, kind=kind, dtype=dtype) as (target,):
        target.write(Rows(0, grid.height), array)


class StripWriter:
    """Takes the rows of one analysis raster, in any order."""

    def __init__(self, dataset: rasterio.io.DatasetWriter, *, kind: ChannelKind) -> None:
        self._dataset = dataset
        self._kind = kind

    def write(self, rows: Rows, values: NDArray[Any]) -> None:
        """Write some rows: floats with NaN where missing of a continuous channel, else values as they are stored."""
        stored = np.where(np.isnan(values), NODATA, values).astype(np.float32) if self._kind == "continuous" else values
        self._dataset.write(stored, 1, window=RasterWindow(0, rows.start, self._dataset.width, rows.count))


@contextlib.contextmanager
def analysis_written(
    paths: Sequence[Path], grid: Grid, *, kind: ChannelKind, dtype: str = "float32"
) -> Iterator[list[StripWriter]]:
    """Yield a writer for each path; when the block ends well, each becomes a cloud-optimised GeoTIFF on the grid, whole
    or not at all.

    Continuous channels are stored as float32 with -9999 for missing; images as uint8 with 0 for missing;
    classes as uint8, 0 outside; binary channels as uint8 without nodata. Blocks of 256 px, ZSTD with predictor,
    overviews. Rows are kept in an uncompressed file until then, not in memory.
    """
    profile = {"width": grid.width, "height": grid.height, "count": 1, "dtype": dtype, "crs": grid.crs}
    profile |= {"transform": Affine(*grid.transform), "nodata": nodata_of(kind), "bigtiff": "IF_SAFER"}
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".strips-", dir=paths[0].parent) as folder, contextlib.ExitStack() as stack:
        drafts = [Path(folder) / path.name for path in paths]
        tiled = {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK}
        targets = [
            stack.enter_context(rasterio.open(draft, "w", driver="GTiff", **profile, **tiled)) for draft in drafts
        ]
        yield [StripWriter(target, kind=kind) for target in targets]
        stack.close()
        for draft, path in zip(drafts, paths, strict=True):
            _copy_as_cog(draft, path, kind=kind)
            draft.unlink()


def _copy_as_cog(draft: Path, path: Path, *, kind: ChannelKind) -> None:
    with written_whole(path) as temporary, rasterio.open(draft, driver="GTiff") as dataset:
        rasterio.shutil.copy(
            dataset,
            temporary,
            driver="COG",
            blocksize=BLOCK,
            compress="ZSTD",
            level=3,
            num_threads="ALL_CPUS",
            predictor=_PREDICTOR[kind],
            overview_resampling=_RESAMPLING[kind],
        )


def image_values(band: NDArray[np.float32], spread: tuple[float, float] | None = None) -> NDArray[np.uint8]:
    """Return an image band (NaN where missing) as uint8: 0 is missing, and black is 1. The ends of a `spread` become 1
    and 255, what lies between them in proportion, and what lies beyond them the same as they.
    """
    values = band.astype(np.float64)
    if spread is not None:
        low, high = spread
        values = 1 + 254 * (values - low) / (high - low)
    return np.where(np.isnan(band), NOTHING, np.clip(np.rint(values), 1, 255)).astype(np.uint8)


def read_continuous(path: Path, rows: Rows | None = None) -> NDArray[np.float64]:
    """Return an analysis raster, or some rows of it, as float64 (height, width), NaN where missing."""
    with rasterio.open(path, driver="GTiff") as dataset:
        window = RasterWindow(0, rows.start, dataset.width, rows.count) if rows else None
        values: NDArray[np.float64] = dataset.read(1, window=window).astype(np.float64)
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
