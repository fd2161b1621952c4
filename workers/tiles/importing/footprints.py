"""The GeoJSON footprints of the published layouts, read strictly."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.errors import BrokenFile
from workers.records.datasets import CRS, PUBLISHED, PublishedRegion, Terms
from workers.records.grids import TOLERANCE_PX
from workers.tiles.importing.tables import parse_patch_id

Bounds = tuple[float, float, float, float]

LARGEST_COORDINATE = 1e9


def read_footprints(path: Path, terms: Terms = PUBLISHED) -> dict[str, Bounds | None]:
    """Return left, bottom, right, top of each patch, exactly as written, or None where the geometry is null.

    Units are those of the regions' CRS, which the file names (published: EPSG:3089, US survey feet). In messages the
    row is the number of the feature, from 1.

    Raises:
        BrokenFile: not GeoJSON of this kind, another CRS, a geometry that is no square of a tile's side, an id twice.
    """
    found: dict[str, Bounds | None] = {}
    data = _collection(path)
    for row, feature in enumerate(data["features"], start=1):
        properties = feature.get("properties") if isinstance(feature, Mapping) else None
        if not isinstance(properties, Mapping):
            raise BrokenFile(path, "not a feature with properties", row=row)
        patch = parse_patch_id(properties.get("patch_id"), path, row, terms)
        if patch.text in found:
            raise BrokenFile(path, f"{patch.text} stands twice", row=row, column="patch_id")
        _check_crs(data, patch.region.crs, path)
        found[patch.text] = _square(feature.get("geometry"), path, row, patch.region)
    if not found:
        _check_crs(data, terms.regions[0].crs, path)
    return found


def _collection(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BrokenFile(path, f"not JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("features"), list):
        raise BrokenFile(path, "not a GeoJSON feature collection")
    return data


def crs_name(crs: str) -> str:
    """Return how GeoJSON of before RFC 7946 names a CRS; one without a code by its text."""
    return f"urn:ogc:def:crs:{crs.replace(':', '::')}" if crs.startswith("EPSG:") else crs


def _check_crs(data: Mapping[str, Any], expected: str, path: Path) -> None:
    crs = data.get("crs")
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if name not in (expected, expected.replace(":", "::"), crs_name(expected)):
        raise BrokenFile(path, f"the CRS is {name or 'not given'}, expected {expected}", column="crs")


def _square(geometry: Any, path: Path, row: int, region: PublishedRegion) -> Bounds | None:
    if geometry is None:
        return None
    ring = _ring(geometry)
    if ring is None:
        raise BrokenFile(path, "not a polygon of one ring with finite coordinates", row=row, column="geometry")
    xs, ys = sorted({x for x, _ in ring}), sorted({y for _, y in ring})
    around = len(ring) == 5 and ring[0] == ring[-1] and len(set(ring)) == 4 and len(xs) == len(ys) == 2
    if not around or (ring[0][0] != ring[2][0] and ring[0][1] == ring[2][1]):
        raise BrokenFile(path, "the polygon is not a square along the axes", row=row, column="geometry")
    width, height = xs[1] - xs[0], ys[1] - ys[0]
    if max(abs(width - region.side), abs(height - region.side)) > TOLERANCE_PX * region.pixel_size:
        unit = " ft" if region.crs == CRS else ""
        reason = f"the square is {width} x {height}{unit}, expected {region.side}"
        raise BrokenFile(path, reason, row=row, column="geometry")
    return (xs[0], ys[0], xs[1], ys[1])


def _ring(geometry: Any) -> list[tuple[float, float]] | None:
    """Return the points of the only ring, or None if the geometry is anything else."""
    if not isinstance(geometry, Mapping) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return None
    rings = geometry.get("coordinates")
    if geometry["type"] == "MultiPolygon":
        rings = rings[0] if isinstance(rings, list) and len(rings) == 1 else None
    if not isinstance(rings, list) or len(rings) != 1 or not isinstance(rings[0], list):
        return None
    points = rings[0]
    if not all(isinstance(point, list) and len(point) >= 2 and all(map(_is_finite, point[:2])) for point in points):
        return None
    return [(float(point[0]), float(point[1])) for point in points]


def _is_finite(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < LARGEST_COORDINATE  # false for a NaN, and for a whole number beyond any float
