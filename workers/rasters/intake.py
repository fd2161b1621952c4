"""Opening rasters that come from outside, as GeoTIFF and nothing else."""

import contextlib
import math
import re
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from pyproj import CRS
from rasterio.enums import ColorInterp, Interleaving
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform_bounds

from workers.errors import BrokenFile, InvalidInput, UnsafeInput
from workers.records.crs import check_placed

MOST_PIXELS = 1 << 31
MOST_BANDS = 32
MOST_BLOCK_BYTES = 64 << 20
MOST_BLOCKS = 1 << 21
"""Of all bands; each costs the check of a file's length some ten microseconds."""

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ALONE = "source.tif"
_MADE_NAME = re.compile(rf"\S*{re.escape(_ALONE)}[:,]? ?")
_SHUT_ENVIRONMENT = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # a VRT named x.tif.ovr beside x.tif would be read along with it
    "GDAL_PAM_ENABLED": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_TIFF_INTERNAL_MASK": "YES",
}


@dataclass(frozen=True)
class SourceRaster:
    """What the header of a source file says: CRS as WKT (of a compound the horizontal one), pixel size (x, y) and
    bounds in its unit, bands, data type and unit of the first band, else of the compound's heights, else empty.

    `nodata` is what somebody else says to stand for no data in it, besides what the header says.
    """

    path: str
    crs: str
    pixel_size: tuple[float, float]
    bounds: tuple[float, float, float, float]
    width: int
    height: int
    band_count: int
    dtype: str
    unit: str = ""
    nodata: float | None = None


@contextlib.contextmanager
def opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Yield an outside file opened as GeoTIFF under a made name in a folder of its own, so that no file beside it is
    looked at.

    Raises:
        UnsafeInput: not a TIFF, or one that declares more than the limits.
        InvalidInput: missing or broken.
    """
    _check_start(path)
    with tempfile.TemporaryDirectory(prefix="raster-") as folder:
        alone = Path(folder) / _ALONE
        alone.symlink_to(path.resolve())
        try:
            with _open_quietly(alone) as dataset:
                _check_limits(path, dataset)
                yield dataset
        except RasterioError as error:
            raise InvalidInput(f"{path.name}: cannot be read as a GeoTIFF: {reason_of(error)}") from error


def reason_of(error: RasterioError) -> str:
    """Return what GDAL says, without the made name that it knows the file by."""
    return _MADE_NAME.sub("", str(error.__cause__ or error))


def describe(path: Path, *, band_count: int, nodata: float | None = None) -> SourceRaster:
    """Return what a file's header says, and the `nodata` that is said besides.

    Raises:
        InvalidInput: no CRS or place, rotated, fewer bands than named, a mask beside it, or values that stand for
            others.
    """
    with opened(path) as dataset:
        if dataset.crs is None:
            raise InvalidInput(f"{path.name}: has no coordinate reference system")
        _check_alone(path)
        _check_place(path, dataset.transform)
        _check_values(path, dataset, band_count)
        crs, height_unit = _split(dataset.crs)
        check_placed(path.name, crs)
        step = dataset.transform
        return SourceRaster(
            str(path),
            crs,
            (step.a, -step.e),
            tuple(dataset.bounds),
            dataset.width,
            dataset.height,
            dataset.count,
            dataset.dtypes[0],
            dataset.units[0] or height_unit,
            nodata,
        )


def _check_alone(path: Path) -> None:
    """No file beside another is opened; overviews there do no harm, but a mask says what is missing."""
    beside = path.with_name(f"{path.name}.msk")
    if beside.exists():
        raise InvalidInput(
            f"{path.name}: a mask lies beside it, {beside.name}, and files beside a raster are not opened; put it into "
            f"the raster (gdal_translate --config GDAL_TIFF_INTERNAL_MASK YES {path.name} masked.tif)"
        )


def _check_place(path: Path, step: Affine) -> None:
    if step.is_identity or not all(map(math.isfinite, step)):
        raise InvalidInput(f"{path.name}: does not say where it lies; give it a place (a geotransform) first")
    if step.b or step.d or step.a <= 0 or step.e >= 0:
        raise InvalidInput(f"{path.name}: is rotated or flipped; warp it to a north-up raster first")


def _check_values(path: Path, dataset: rasterio.DatasetReader, band_count: int) -> None:
    """Numbers that stand for colours or are still to be multiplied are no elevations and no brightness."""
    if dataset.count < band_count:
        raise InvalidInput(f"{path.name}: has {dataset.count} bands, {band_count} are named in the specification")
    if ColorInterp.palette in dataset.colorinterp[:band_count]:
        raise InvalidInput(
            f"{path.name}: holds numbers of colours in a table; expand it to bands first (gdal_translate -expand rgb)"
        )
    for scale, offset in zip(dataset.scales[:band_count], dataset.offsets[:band_count], strict=True):
        if (scale, offset) != (1.0, 0.0):
            raise InvalidInput(
                f"{path.name}: its values are to be multiplied by {scale:g} and {offset:g} added; do so first "
                "(gdal_translate -unscale -ot Float32)"
            )


def _split(crs: rasterio.CRS) -> tuple[str, str]:
    """Return the horizontal part of a CRS as WKT, and the unit of its heights, empty where it has none."""
    full = CRS.from_wkt(crs.to_wkt())
    if not full.is_compound:
        return crs.to_wkt(), ""
    return full.sub_crs_list[0].to_wkt(), full.axis_info[-1].unit_name


def check_whole(path: Path) -> None:
    """Check that a file reaches as far as its header says that pixels lie. A cut-off one opens all the same.

    Raises:
        BrokenFile: it ends before.
    """
    size = path.stat().st_size
    with opened(path) as dataset:
        for band in range(1, 2 if dataset.interleaving == Interleaving.pixel else dataset.count + 1):
            for (row, col), _ in dataset.block_windows(band):
                names = (f"BLOCK_{what}_{col}_{row}" for what in ("OFFSET", "SIZE"))
                end = sum(int(dataset.get_tag_item(name, "TIFF", bidx=band) or 0) for name in names)
                if end > size:
                    raise BrokenFile(path.name, f"is cut off: it has {size:,} bytes, pixels lie up to {end:,}")


def bounds_in(raster: SourceRaster, crs: str) -> tuple[float, float, float, float]:
    """Return the bounds of a raster in another CRS (left, bottom, right, top)."""
    box: tuple[float, float, float, float] = transform_bounds(raster.crs, crs, *raster.bounds, densify_pts=21)
    if not all(map(math.isfinite, box)):
        raise InvalidInput(f"{Path(raster.path).name}: lies where {crs} is not defined")
    return box


def _open_quietly(path: Path) -> rasterio.DatasetReader:
    with (
        rasterio.Env(**_SHUT_ENVIRONMENT),
        warnings.catch_warnings(),
    ):  # a file without a place on Earth is refused with an error of ours
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, driver="GTiff")


def _check_start(path: Path) -> None:
    if not path.is_file():
        raise InvalidInput(f"{path.name}: no such file")
    with path.open("rb") as stream:
        if stream.read(4) not in _TIFF_STARTS:
            raise UnsafeInput(f"{path.name}: is not a TIFF file")


def _check_limits(path: Path, dataset: rasterio.DatasetReader) -> None:
    if dataset.width * dataset.height > MOST_PIXELS:
        raise UnsafeInput(f"{path.name}: declares {dataset.width} x {dataset.height} pixels, more than {MOST_PIXELS:,}")
    if dataset.count > MOST_BANDS:
        raise UnsafeInput(f"{path.name}: declares {dataset.count} bands, more than {MOST_BANDS}")
    rows, cols = dataset.block_shapes[0]
    sample = max(_sample_bytes(path, kind) for kind in dataset.dtypes)
    if rows * cols * sample * dataset.count > MOST_BLOCK_BYTES:
        raise UnsafeInput(
            f"{path.name}: has blocks of {cols} x {rows} pixels, larger than {MOST_BLOCK_BYTES >> 20} MiB"
        )
    if (blocks := math.ceil(dataset.height / rows) * math.ceil(dataset.width / cols) * dataset.count) > MOST_BLOCKS:
        raise UnsafeInput(f"{path.name}: has {blocks:,} blocks of {cols} x {rows} pixels, more than {MOST_BLOCKS:,}")


def _sample_bytes(path: Path, kind: str) -> int:
    if kind.startswith("complex"):
        raise UnsafeInput(f"{path.name}: holds complex numbers")
    return int(np.dtype(kind).itemsize)
