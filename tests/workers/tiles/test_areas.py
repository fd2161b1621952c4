import numpy as np
import pytest
import shapely

from workers.tiles.areas import class_areas, overlap_share, wholly_mapped

CLASSES = ("Qal", "Qc", "Qr")
SQUARES = shapely.box([0, 10], [0, 0], [10, 20], [10, 10])


def test_shares_are_those_of_the_geometry() -> None:
    polygons = np.array([shapely.box(0, 0, 4, 10), shapely.box(4, 0, 20, 10)])
    areas = class_areas(SQUARES, polygons, ("Qr", "Qal"), CLASSES)
    np.testing.assert_allclose(areas, np.array([[0.6, 0, 0.4], [1.0, 0, 0]]), rtol=0, atol=1e-12)


def test_a_triangle_covers_half() -> None:
    triangle = shapely.Polygon([(0, 0), (10, 0), (0, 10)])
    areas = class_areas(SQUARES, np.array([triangle]), ("Qc",), CLASSES)
    assert areas[0].tolist() == [0, 0.5, 0]
    assert wholly_mapped(areas).tolist() == [False, False]


def test_ground_mapped_twice_counts_for_the_first_in_order() -> None:
    polygons = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 10, 10)])
    assert class_areas(SQUARES, polygons, ("Qr", "Qal"), CLASSES)[0].tolist() == [0.5, 0, 0.5]
    assert overlap_share(polygons, shapely.union_all(polygons)) == 0.5


def test_a_neighbour_that_only_shares_the_border_has_no_area() -> None:
    polygons = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    areas = class_areas(SQUARES, polygons, ("Qr", "Qal"), CLASSES)
    assert areas.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_a_sliver_as_small_as_the_published_ones_is_kept() -> None:
    sliver = shapely.box(0, 0, 10, 4e-9)
    areas = class_areas(SQUARES[:1], np.array([sliver]), ("Qal",), CLASSES)
    assert areas[0, 0] == pytest.approx(4e-10, rel=1e-6)


def test_a_border_of_many_vertices_leaves_nothing_over() -> None:
    angle = np.linspace(0, 2 * np.pi, 5001)[:-1]
    radius = 30 + np.sin(40 * angle)
    coast = shapely.Polygon(np.column_stack([50 + radius * np.cos(angle), 50 + radius * np.sin(angle)]))
    rest = shapely.box(0, 0, 100, 100).difference(coast)
    lefts, bottoms = (edge.ravel() for edge in np.mgrid[0:100:10, 0:100:10].astype(float))
    areas = class_areas(
        shapely.box(lefts, bottoms, lefts + 10, bottoms + 10), np.array([coast, rest]), ("Qc", "Qr"), CLASSES
    )
    np.testing.assert_allclose(areas.sum(axis=1), 1, rtol=0, atol=1e-9)
    assert areas[:, 1].sum() * 100 == pytest.approx(coast.area, rel=1e-9)
    assert wholly_mapped(areas).all()
