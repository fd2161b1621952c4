import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from tests.workers.conftest import LEFT, TOP, WriteVectors
from workers.errors import InvalidInput, UnsafeInput
from workers.rasters.vectors import read_features
from workers.records.regions import VectorSource

FEET = "EPSG:3089"
SQUARE = shapely.box(LEFT, TOP, LEFT + 10, TOP + 10)


def test_geometries_and_one_attribute_are_read_from_all_files(write_vectors: WriteVectors) -> None:
    one = write_vectors("one.geojson", [(SQUARE, {"Symbol": "Qr", "other": 1})])
    two = write_vectors("two.geojson", [(SQUARE, {"Symbol": "Qal"}), (shapely.Polygon(), {"Symbol": "Qc"})])
    found = read_features(VectorSource((str(one), str(two)), attribute="Symbol"), FEET)
    assert found.values == ("Qr", "Qal")  # the empty one is left out
    assert [geometry.area for geometry in found.geometries] == [100, 100]


def test_another_crs_is_brought_into_the_regions(write_vectors: WriteVectors) -> None:
    path = write_vectors("wgs.geojson", [(shapely.Point(-85.75, 36 + 1 / 3), {})], crs="urn:ogc:def:crs:OGC:1.3:CRS84")
    (point,) = read_features(VectorSource((str(path),)), FEET).geometries
    assert (point.x, point.y) == pytest.approx((4921250, 3280833.3333), abs=1e-3)  # the origin of EPSG:3089


def test_heights_are_dropped(write_vectors: WriteVectors) -> None:
    path = write_vectors("z.geojson", [(shapely.LineString([(LEFT, TOP, 5), (LEFT + 1, TOP, 6)]), {})])
    assert not read_features(VectorSource((str(path),)), FEET).geometries[0].has_z


def test_a_geopackage_is_read_by_layer(tmp_path: Path) -> None:
    encoded = shapely.to_wkb(shapely.get_parts(shapely.multipolygons([SQUARE])))
    for layer, symbol in (("MapUnitPolys", "Qr"), ("Other", "Qal")):
        about = {"layer": layer, "crs": FEET, "geometry_type": "Polygon", "append": layer == "Other"}
        pyogrio.raw.write(tmp_path / "map.gpkg", encoded, [np.array([symbol], object)], ["Symbol"], **about)
    source = VectorSource((str(tmp_path / "map.gpkg"),), layer="MapUnitPolys", attribute="Symbol")
    assert read_features(source, FEET).values == ("Qr",)


def test_a_missing_attribute_is_named(write_vectors: WriteVectors) -> None:
    path = write_vectors("a.geojson", [(SQUARE, {"Symbol": "Qr", "Unit": 1})])
    with pytest.raises(
        InvalidInput, match=r"a\.geojson: has no attribute symbol; it has Symbol, Unit; did you mean Symbol\?"
    ):
        read_features(VectorSource((str(path),), attribute="symbol"), FEET)


def write_layer(path: Path, encoded: list[bytes] | None, layer: str = "Units", **about: Any) -> Path:
    """Write a GeoPackage with one more layer, which has geometries in WKB (None: it is a table) and symbols."""
    geometries = None if encoded is None else np.array(encoded, np.object_)
    symbols = np.array(["Qr"] * (1 if encoded is None else len(encoded)), object)
    about = {"geometry_type": None if encoded is None else "Unknown", "crs": FEET, "driver": "GPKG"} | about
    pyogrio.raw.write(path, geometry=geometries, field_data=[symbols], fields=["Symbol"], layer=layer, **about)
    return path


def test_a_layer_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "map.gpkg", [shapely.to_wkb(SQUARE)], layer="MapUnitPolys")
    with pytest.raises(
        InvalidInput, match=r"map\.gpkg: has no layer MapUnits; it has MapUnitPolys; did you mean MapUnitPolys\?"
    ):
        read_features(VectorSource((str(path),), layer="MapUnits"), FEET)


def test_a_table_is_no_map(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "map.gpkg", None, layer="Descriptions", crs=None)
    with pytest.raises(InvalidInput, match=r"map\.gpkg: the layer Descriptions is a table without geometry"):
        read_features(VectorSource((str(path),), attribute="Symbol"), FEET)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")  # that is what is tested
def test_a_layer_without_crs_is_told(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "bare.gpkg", [shapely.to_wkb(SQUARE)], crs=None)
    with pytest.raises(InvalidInput, match=r"bare\.gpkg: has no coordinate reference system"):
        read_features(VectorSource((str(path),)), FEET)


def test_a_crs_of_an_engineers_own_is_told(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "own.gpkg", [shapely.to_wkb(SQUARE)], crs='LOCAL_CS["mine",UNIT["metre",1]]')
    with pytest.raises(InvalidInput, match=r"own\.gpkg: its coordinate reference system 'mine' has no known place on"):
        read_features(VectorSource((str(path),)), FEET)


@pytest.mark.parametrize("nothing", [None, " "])
def test_a_polygon_without_a_symbol_is_told_by_its_number(write_vectors: WriteVectors, nothing: str | None) -> None:
    path = write_vectors("a.geojson", [(SQUARE, {"Symbol": "Qr"}), (SQUARE, {"Symbol": nothing})])
    with pytest.raises(InvalidInput, match=r"a\.geojson: feature 2 has nothing in the attribute Symbol"):
        read_features(VectorSource((str(path),), attribute="Symbol"), FEET)


def test_a_ring_that_is_none_is_told_by_its_number(tmp_path: Path) -> None:
    ring = struct.pack("<BIII4d", 1, 3, 1, 2, LEFT, TOP, LEFT + 9, TOP)  # a polygon of two points in WKB
    path = write_layer(tmp_path / "ring.gpkg", [shapely.to_wkb(SQUARE), ring])
    with pytest.raises(InvalidInput, match=r"ring\.gpkg: feature 2 has a geometry that cannot be read"):
        read_features(VectorSource((str(path),)), FEET)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.geojson", "<OGRVRTDataSource/>", "is not a .geojson file"),
        ("a.geojson", '{"type": "gdal_streamed_alg", "x": "Feature"}', "is not GeoJSON"),
        ("a.gpkg", "{}", "is not a .gpkg file"),
        ("a.vrt", "<OGRVRTDataSource/>", ".vrt is not accepted; known are"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UnsafeInput, match=message):
        read_features(VectorSource((str(tmp_path / name),)), FEET)


def test_a_coordinate_off_the_earth_is_refused(write_vectors: WriteVectors) -> None:
    path = write_vectors("wild.geojson", [(shapely.Point(1e150, 1), {})])
    with pytest.raises(InvalidInput, match=r"wild\.geojson: has coordinates that lie outside EPSG:3089"):
        read_features(VectorSource((str(path),)), FEET)


def test_broken_and_missing_files_are_known_errors(tmp_path: Path) -> None:
    (tmp_path / "cut.geojson").write_text('{"type": "FeatureCollection", "features": [')
    with pytest.raises(InvalidInput, match=r"cut\.geojson: cannot be read"):
        read_features(VectorSource((str(tmp_path / "cut.geojson"),)), FEET)
    with pytest.raises(InvalidInput, match=r"absent\.geojson: no such file"):
        read_features(VectorSource((str(tmp_path / "absent.geojson"),)), FEET)


def test_a_coordinate_that_is_no_number_is_refused_with_its_feature(tmp_path: Path) -> None:
    odd = struct.pack("<BII6d", 1, 2, 3, 0, 0, math.nan, 5, 9, 9)  # a line of three points in WKB
    path, encoded = tmp_path / "odd.gpkg", np.array([shapely.to_wkb(shapely.Point(1, 2)), odd], np.object_)
    about = {"geometry_type": "Unknown", "crs": FEET, "driver": "GPKG"}
    pyogrio.raw.write(path, geometry=encoded, field_data=[], fields=[], **about)
    with pytest.raises(InvalidInput, match=r"odd\.gpkg: feature 2 has a coordinate that is no number"):
        read_features(VectorSource((str(path),)), FEET)


def test_text_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "map.geojson"
    path.write_bytes(feature_collection('"type":"Point","coordinates":[0,0]').replace(b"Qr", b"Q\xe9"))
    with pytest.raises(InvalidInput, match=r"map\.geojson: holds text that is not UTF-8: b'Q\\xe9'"):
        read_features(VectorSource((str(path),), attribute="Symbol"), FEET)


@pytest.mark.filterwarnings("ignore:Non closed ring detected")
def test_a_ring_that_is_not_closed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "map.geojson"
    path.write_bytes(feature_collection('"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0]]]'))
    with pytest.raises(InvalidInput, match=r"map\.geojson: feature 1 has a geometry that cannot be read"):
        read_features(VectorSource((str(path),)), FEET)


def test_a_crs_of_another_body_than_earth_is_told(tmp_path: Path) -> None:
    about = {"crs": "IAU_2015:30100", "geometry_type": "Polygon"}  # the Moon's
    pyogrio.raw.write(tmp_path / "map.gpkg", shapely.to_wkb(np.array([SQUARE], object)), [], [], **about)
    with pytest.raises(InvalidInput, match=r"map\.gpkg: its coordinate reference system cannot be used: "):
        read_features(VectorSource((str(tmp_path / "map.gpkg"),)), FEET)


def feature_collection(geometry: str) -> bytes:
    feature = f'{{"type":"Feature","properties":{{"Symbol":"Qr"}},"geometry":{{{geometry}}}}}'
    return f'{{"type":"FeatureCollection","features":[{feature}]}}'.encode()
