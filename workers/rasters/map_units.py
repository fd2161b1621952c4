"""The geological map of a region: repaired polygons with known symbols, and the area they cover."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from workers.errors import InvalidInput
from workers.files import write_text
from workers.rasters.map_flaws import map_report
from workers.rasters.reassign import give_to_neighbours, given_away, reassigned
from workers.rasters.vectors import Features, Geometries
from workers.records.codec import dumps, from_data
from workers.records.quality import MapReport

Bounds = tuple[float, float, float, float]

_NEAR = 0.1  # pixels; borders that two people drew do not meet exactly


@dataclass(frozen=True)
class MapUnits:
    """Valid polygons of shape (n,) in the region's CRS, their n symbols, their union, and what was wrong with them."""

    polygons: Geometries
    symbols: tuple[str, ...]
    area: shapely.Geometry
    report: MapReport


def prepare_map_units(
    features: Features,
    *,
    classes: tuple[str, ...],
    reassign: Mapping[str, str],
    bounds: Bounds | None,
    pixel_size: float,
) -> MapUnits:
    """Return the map units of a source map.

    1. Symbols are reassigned. 2. Geometry is repaired (GEOS `make_valid`, method structure: other methods take minutes
    on a wild polygon). 3. Polygons are clipped to `bounds` where given. 4. What is not area (lines and points left by
    repair) is dropped; parts become polygons of their own. 5. Polygons whose symbol the longest border decides get
    that of a neighbour, found within a tenth of a pixel.

    Raises:
        InvalidInput: a symbol that is not among `classes` after reassignment, no area left, or no neighbour.
    """
    symbols = reassigned(features.values, classes, reassign)
    repaired = shapely.make_valid(features.geometries, method="structure", keep_collapsed=False)
    if bounds is not None:
        repaired = shapely.intersection(repaired, shapely.box(*bounds))
    polygons, owner = _parts(repaired)
    if not len(polygons):
        place = f" within {bounds}" if bounds is not None else ""
        raise InvalidInput(f"map_units: the source map has no polygon{place}")
    of_parts = [symbols[index] for index in owner]
    given = give_to_neighbours(polygons, of_parts, classes, given_away(reassign), tolerance=_NEAR * pixel_size)
    area = shapely.union_all(polygons)
    return MapUnits(polygons, given, area, map_report(features.geometries, polygons, area, pixel_size=pixel_size))


def _parts(geometries: Geometries) -> tuple[Geometries, NDArray[np.intp]]:
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():  # a collection may hold multipolygons
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    areal = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)
    return parts[areal], owner[areal]


def map_units_geojson(units: MapUnits, crs: str) -> str:
    """Return a FeatureCollection of polygons with the property `symbol`, in the region's CRS, which it names."""
    features = [
        {"type": "Feature", "properties": {"symbol": symbol}, "geometry": _geometry(polygon)}
        for polygon, symbol in zip(units.polygons, units.symbols, strict=True)
    ]
    named = {"type": "name", "properties": {"name": _urn(crs)}}
    return json.dumps({"type": "FeatureCollection", "crs": named, "features": features})


def boundary_geojson(area: shapely.Geometry) -> str:
    """Return an area as a GeoJSON geometry, always a MultiPolygon, in the CRS it has."""
    parts, _ = _parts(np.array([area], np.object_))
    return json.dumps(_geometry(shapely.multipolygons(parts)))


def _geometry(geometry: shapely.Geometry) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(shapely.to_geojson(geometry))
    return data


def _urn(crs: str) -> str:
    authority = CRS.from_user_input(crs).to_authority()
    return f"urn:ogc:def:crs:{authority[0]}::{authority[1]}" if authority else crs


def save_map_units(units: MapUnits, crs: str, folder: Path) -> None:
    """Write `map_units.geojson`, `boundary.geojson` and `report.json`."""
    write_text(folder / "report.json", dumps(units.report))
    write_text(folder / "map_units.geojson", map_units_geojson(units, crs))
    write_text(folder / "boundary.geojson", boundary_geojson(units.area))


def load_map_units(folder: Path) -> MapUnits:
    """Return what `save_map_units` wrote."""
    features = json.loads((folder / "map_units.geojson").read_text(encoding="utf-8"))["features"]
    polygons = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    area = shapely.from_geojson((folder / "boundary.geojson").read_text(encoding="utf-8"))
    report = from_data(MapReport, json.loads((folder / "report.json").read_text(encoding="utf-8")))
    return MapUnits(polygons, tuple(feature["properties"]["symbol"] for feature in features), area, report)
