import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from workers.errors import InvalidInput
from workers.rasters.map_units import (
    MapUnits,
    boundary_geojson,
    load_map_units,
    map_units_geojson,
    prepare_map_units,
    save_map_units,
)
from workers.rasters.vectors import Features

CLASSES = ("Qal", "Qc", "Qr")


def prepare(*features: tuple[shapely.Geometry, str], **changes: object) -> MapUnits:
    geometries, values = zip(*features, strict=True)
    options = {"classes": CLASSES, "reassign": {}, "bounds": None, "pixel_size": 1.0} | changes
    return prepare_map_units(Features(np.array(geometries, np.object_), values), **options)  # type: ignore[arg-type]  # options of mixed types


def test_a_bow_tie_is_repaired_into_its_two_triangles() -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    units = prepare((bow_tie, "Qr"))
    assert units.symbols == ("Qr", "Qr")
    assert shapely.area(units.polygons).tolist() == [1, 1]
    assert shapely.is_valid(units.polygons).all()


def test_symbols_are_reassigned() -> None:
    units = prepare((shapely.box(0, 0, 1, 1), "Qls"), reassign={"Qls": "Qc"})
    assert units.symbols == ("Qc",)


def test_an_unknown_symbol_is_named_with_the_remedy() -> None:
    with pytest.raises(InvalidInput, match="unknown symbol Qapc, Qls; known are Qal, Qc, Qr; reassign the others"):
        prepare((shapely.box(0, 0, 1, 1), "Qls"), (shapely.box(1, 0, 2, 1), "Qapc"))


def test_polygons_are_clipped_to_the_bounds_and_leave_no_lines() -> None:
    outside_but_touching = shapely.box(-1, 0, 0, 10)
    units = prepare((shapely.box(-5, 0, 5, 10), "Qr"), (outside_but_touching, "Qal"), bounds=(0, 0, 10, 10))
    assert units.symbols == ("Qr",)
    assert units.area.bounds == (0, 0, 5, 10)


def test_a_map_elsewhere_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no polygon within"):
        prepare((shapely.box(0, 0, 1, 1), "Qr"), bounds=(5, 5, 6, 6))


def test_geojson_names_crs_and_symbol_and_the_boundary_is_a_multipolygon() -> None:
    units = prepare((shapely.box(0, 0, 1, 1), "Qr"), (shapely.box(1, 0, 2, 1), "Qal"))
    collection = json.loads(map_units_geojson(units, "EPSG:3089"))
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::3089"
    assert [feature["properties"]["symbol"] for feature in collection["features"]] == ["Qr", "Qal"]
    boundary = json.loads(boundary_geojson(units.area))
    assert boundary["type"] == "MultiPolygon"
    assert shapely.geometry.shape(boundary).area == 2


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    units = prepare((shapely.box(0.1, 0.2, 1 / 3, 4700000.123456789), "Qr"))
    save_map_units(units, "EPSG:3089", tmp_path)
    loaded = load_map_units(tmp_path)
    assert loaded.symbols == units.symbols
    assert loaded.polygons[0].equals_exact(units.polygons[0])
    assert loaded.area.bounds == units.area.bounds


def test_a_wild_polygon_is_repaired_in_seconds() -> None:
    corners = np.random.default_rng(5).uniform(0, 100, (250, 2))
    units = prepare((shapely.Polygon(corners), "Qr"))
    assert 0 < units.area.area < 10_000
