"""Vector files that come from outside, read into the region's CRS."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer

from workers.errors import InvalidInput
from workers.records.regions import VectorSource
from workers.sources.vector_files import check_vector_driver, check_vector_file

Geometries = NDArray[np.object_]

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
    check_vector_file(path)
    columns = [source.attribute] if source.attribute else []
    try:
        meta, _, encoded, fields = pyogrio.raw.read(path, layer=source.layer, columns=columns, force_2d=True)
        driver = pyogrio.read_info(path, layer=source.layer)["driver"]
    except (DataSourceError, DataLayerError) as error:
        raise InvalidInput(f"{path.name}: cannot be read: {error}") from error
    check_vector_driver(path, driver)
    if source.attribute and source.attribute not in meta["fields"]:
        raise InvalidInput(f"{path.name}: has no attribute {source.attribute}")
    if meta["crs"] is None:
        raise InvalidInput(f"{path.name}: has no coordinate reference system")
    with np.errstate(invalid="ignore"):  # what is no number is refused below
        geometries = shapely.from_wkb(encoded)
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    if not (known := np.isfinite(coordinates).all(axis=1)).all():
        raise InvalidInput(f"{path.name}: feature {owner[~known][0] + 1} has a coordinate that is no number")
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
