"""Vector files that come from outside, read into the region's CRS."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer

from workers.errors import InvalidInput, UnsafeInput
from workers.records.regions import VectorSource

Geometries = NDArray[np.object_]

_STARTS = {
    ".gpkg": b"SQLite format 3\0",
    ".shp": b"\0\0\x27\x0a",
    ".fgb": b"fgb\x03",
    ".geojson": b"{",
    ".json": b"{",
}
_DRIVERS = ("GPKG", "ESRI Shapefile", "FlatGeobuf", "GeoJSON", "OpenFileGDB")
_FARTHEST = 1e9  # CRS units; no coordinate on Earth is larger, and some libraries do not survive one


@dataclass(frozen=True)
class Features:
    """Geometries of shape (n,) in the region's CRS and, where an attribute was asked for, its n values as text."""

    geometries: Geometries
    values: tuple[str, ...]


def read_features(source: VectorSource, crs: str) -> Features:
    """Return the features of all files of a source, without height values, empty geometries left out.

    Raises:
        UnsafeInput: a file that is not what its name says.
        InvalidInput: a missing file, layer or attribute, no CRS, or coordinates that the region's CRS does not reach.
    """
    parts = [_read_file(Path(path), source, crs) for path in source.paths]
    geometries = np.concatenate([part.geometries for part in parts]) if parts else np.empty(0, np.object_)
    return Features(geometries, tuple(value for part in parts for value in part.values))


def _read_file(path: Path, source: VectorSource, crs: str) -> Features:
    _check_start(path)
    columns = [source.attribute] if source.attribute else []
    try:
        meta, _, encoded, fields = pyogrio.raw.read(path, layer=source.layer, columns=columns, force_2d=True)
        driver = pyogrio.read_info(path, layer=source.layer)["driver"]
    except (DataSourceError, DataLayerError) as error:
        raise InvalidInput(f"{path.name}: cannot be read: {error}") from error
    if driver not in _DRIVERS:
        raise UnsafeInput(f"{path.name}: is of the kind {driver}, which is not accepted")
    if source.attribute and source.attribute not in meta["fields"]:
        raise InvalidInput(f"{path.name}: has no attribute {source.attribute}")
    if meta["crs"] is None:
        raise InvalidInput(f"{path.name}: has no coordinate reference system")
    geometries = shapely.from_wkb(encoded)
    keep = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    values = tuple(str(value) for value in fields[0][keep]) if source.attribute else ()
    return Features(_moved(path, geometries[keep], meta["crs"], crs), values)


def _moved(path: Path, geometries: Geometries, source_crs: str, crs: str) -> Geometries:
    if CRS.from_user_input(source_crs) != CRS.from_user_input(crs):
        transformer = Transformer.from_crs(source_crs, crs, always_xy=True)
        geometries = shapely.transform(geometries, transformer.transform, interleaved=False)
    if len(geometries) and not np.abs(shapely.total_bounds(geometries)).max() < _FARTHEST:
        raise InvalidInput(f"{path.name}: has coordinates that lie outside {crs}")
    return geometries


def _check_start(path: Path) -> None:
    if path.suffix == ".gdb" and path.is_dir():
        return
    if not path.is_file():
        raise InvalidInput(f"{path.name}: no such file")
    start = _STARTS.get(path.suffix.lower())
    if start is None:
        raise UnsafeInput(
            f"{path.name}: {path.suffix or 'a file without ending'} is not accepted; "
            f"known are {', '.join(_STARTS)} and .gdb"
        )
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start):
        raise UnsafeInput(f"{path.name}: is not a {path.suffix} file")
    if start == b"{" and (
        b'"Feature' not in head or b"gdal_streamed_alg" in head
    ):  # the second would run a GDAL pipeline
        raise UnsafeInput(f"{path.name}: is not GeoJSON")
