import numpy as np
import shapely
from shapely import box

from workers.rasters.map_flaws import map_report
from workers.rasters.map_units import prepare_map_units
from workers.rasters.vectors import Features
from workers.records.quality import Flaws, MapReport


def report(*shapes: shapely.Geometry, pixel_size: float = 5.0) -> MapReport:
    features = Features(np.array(shapes, np.object_), ("Qr",) * len(shapes))
    return prepare_map_units(features, classes=("Qr",), reassign={}, bounds=None, pixel_size=pixel_size).report


def test_a_sound_map_has_no_flaws() -> None:
    assert report(box(0, 0, 100, 100), box(100, 0, 200, 100)) == MapReport(2, *[Flaws(0, 0.0, ())] * 3)


def test_what_is_repaired_is_counted_with_the_area_it_changed_by() -> None:
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])  # signed, its two triangles cancel out
    assert report(bow_tie, box(200, 0, 300, 100)).repaired == Flaws(1, 5000.0, ((0.0, 0.0),))


def test_slivers_are_small_or_thin() -> None:
    found = report(box(0, 0, 100, 100), box(100, 0, 102, 100), box(300, 0, 304, 6), box(400, 0, 403, 100))
    assert (found.slivers.count, found.slivers.area) == (2, 224.0)  # 3 units are wider than half a pixel of 5
    assert found.slivers.largest[0][0] in (100.0, 102.0)


def test_small_holes_are_gaps_and_large_ones_unmapped_ground() -> None:
    ring = box(0, 0, 1000, 1000) - box(100, 100, 110, 120) - box(500, 500, 600, 600)
    found = report(ring)
    assert (found.gaps.count, found.gaps.area) == (1, 200.0)
    assert 100 <= found.gaps.largest[0][0] <= 110


def test_what_rounding_leaves_between_two_lines_is_no_gap() -> None:
    thin = shapely.Polygon([(10, 50), (90, 50), (50, 50.005)])  # 2 area / perimeter is 0.0025, half a thousandth of 5
    wide = shapely.Polygon([(10, 20), (90, 20), (50, 20.05)])
    found = report(box(0, 0, 100, 100) - thin - wide)
    assert (found.gaps.count, round(found.gaps.area, 6)) == (1, 2.0)


def test_of_many_the_largest_ten_are_placed() -> None:
    squares = np.array([box(10 * n, 0, 10 * n + 1 + n / 100, 1) for n in range(30)], np.object_)
    found = map_report(squares, squares, shapely.union_all(squares), pixel_size=5.0)
    assert (found.slivers.count, len(found.slivers.largest)) == (30, 10)
    assert 290 <= found.slivers.largest[0][0] <= 292
