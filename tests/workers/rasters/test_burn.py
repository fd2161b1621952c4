import numpy as np
import shapely

from workers.rasters.burn import burn_classes, burn_presence
from workers.records.grids import Grid

GRID = Grid("EPSG:3089", 0.0, 20.0, 5.0, 5, 4)


def test_every_pixel_that_a_line_touches_is_one() -> None:
    line = shapely.LineString([(1, 1), (11, 1), (11, 12)])
    expected = [[0, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [1, 1, 1, 0, 0]]
    np.testing.assert_array_equal(burn_presence(np.array([line]), GRID), expected)


def test_a_pixel_of_two_units_belongs_to_the_first_in_order() -> None:
    polygons = np.array([shapely.box(0, 0, 12, 20), shapely.box(12, 0, 25, 20)])
    classes = ("af1", "Qal", "Qr")
    for symbols, row in ((("Qr", "Qal"), [3, 3, 2, 2, 2]), (("Qal", "Qr"), [2, 2, 2, 3, 3])):
        np.testing.assert_array_equal(burn_classes(polygons, symbols, classes, GRID)[1], row)


def test_what_lies_outside_the_grid_or_is_nothing_burns_nothing() -> None:
    assert burn_presence(np.array([shapely.box(100, 100, 120, 120)]), GRID).sum() == 0
    assert burn_presence(np.empty(0, np.object_), GRID).shape == (4, 5)
