import math
import struct
from pathlib import Path

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
    path = write_vectors("a.geojson", [(SQUARE, {"Unit": "Qr"})])
    with pytest.raises(InvalidInput, match=r"a\.geojson: has no attribute Symbol"):
        read_features(VectorSource((str(path),), attribute="Symbol"), FEET)


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
