"""Vector files that come from outside, read into the region's CRS."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from workers.errors import InvalidInput
from workers.records.crs import check_placed
from workers.records.nearest import did_you_mean
from workers.records.regions import VectorSource
from workers.sources.vector_files import check_layer_there, check_vector_driver, check_vector_file, reading

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
    with reading(path):
        return _read(path, source, crs)


def _read(path: Path, source: VectorSource, crs: str) -> Features:
    columns = [source.attribute] if source.attribute else []
    check_layer_there(path, source.layer)
    about = pyogrio.read_info(path, layer=source.layer)
    check_vector_driver(path, about["driver"])
    _check_layer(path, source, about)
    meta, _, encoded, fields = pyogrio.raw.read(path, layer=source.layer, columns=columns, force_2d=True)
    geometries = _decoded(path, encoded)
    keep = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    values = _texts(path, source.attribute, fields[0], keep) if source.attribute else ()
    return Features(_moved(path, geometries[keep], meta["crs"], crs), values)


def _check_layer(path: Path, source: VectorSource, about: Mapping[str, Any]) -> None:
    if source.attribute and about["features"] == 0:
        raise InvalidInput(f"{path.name}: the layer {about['layer_name']} has no features")
    if about["geometry_type"] is None:
        raise InvalidInput(f"{path.name}: the layer {about['layer_name']} is a table without geometry")
    if source.attribute and source.attribute not in about["fields"]:
        there = ", ".join(about["fields"]) or "none"
        likely = did_you_mean(source.attribute, about["fields"])
        raise InvalidInput(f"{path.name}: has no attribute {source.attribute}; it has {there}{likely}")
    if about["crs"] is None:
        raise InvalidInput(f"{path.name}: has no coordinate reference system")
    check_placed(path.name, about["crs"])


def _decoded(path: Path, encoded: NDArray[np.object_]) -> Geometries:
    with np.errstate(invalid="ignore"):  # what is no number is refused below
        geometries: Geometries = shapely.from_wkb(encoded, on_invalid="ignore")
    broken = shapely.is_missing(geometries) & np.array([each is not None for each in encoded], np.bool_)
    if broken.any():
        raise InvalidInput(f"{path.name}: feature {broken.argmax() + 1} has a geometry that cannot be read")
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    if not (known := np.isfinite(coordinates).all(axis=1)).all():
        raise InvalidInput(f"{path.name}: feature {owner[~known][0] + 1} has a coordinate that is no number")
    return geometries


def _texts(path: Path, attribute: str, values: NDArray[Any], keep: NDArray[np.bool_]) -> tuple[str, ...]:
    """A null number comes as NaN, which does not equal itself."""
    for number in np.flatnonzero(keep):
        value = values[number]
        if value is None or value != value or not str(value).strip():
            raise InvalidInput(f"{path.name}: feature {number + 1} has nothing in the attribute {attribute}")
    return tuple(str(value).strip() for value in values[keep])


def _moved(path: Path, geometries: Geometries, source_crs: str, crs: str) -> Geometries:
    if CRS.from_user_input(source_crs) != CRS.from_user_input(crs):
        transformer = Transformer.from_crs(source_crs, crs, always_xy=True)
        geometries = shapely.transform(geometries, transformer.transform, interleaved=False)
    if len(geometries) and not np.abs(shapely.total_bounds(geometries)).max() < _FARTHEST:
        raise InvalidInput(f"{path.name}: has coordinates that lie outside {crs}")
    return geometries
