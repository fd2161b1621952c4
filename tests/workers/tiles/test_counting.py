import numpy as np

from workers.records.grids import Window
from workers.tiles.counting import count_values, pixel_areas, wholly_valid

MASK = np.array([[0, 1, 1, 2], [1, 1, 2, 2], [3, 3, 3, 3], [0, 0, 0, 3], [1, 2, 3, 0]], np.uint8)
WINDOWS = [Window(0, 0, 2, 2), Window(1, 1, 3, 3), Window(2, 3, 2, 2)]


def test_values_are_counted_in_each_window_whatever_the_strips() -> None:
    expected = [[1, 3, 0, 0], [2, 1, 2, 4], [2, 0, 0, 2]]
    for rows in (1, 2, 3, 5):
        strips = [(start, MASK[start : start + rows]) for start in range(0, 5, rows)]
        assert count_values(strips, WINDOWS, most=3).tolist() == expected


def test_the_area_of_a_class_is_its_share_of_the_pixels() -> None:
    areas = pixel_areas([(0, MASK)], [WINDOWS[0], WINDOWS[2]], classes=3)
    assert areas.tolist() == [[0.75, 0.0, 0.0], [0.0, 0.0, 0.5]]


def test_no_tiles_have_no_areas() -> None:
    assert pixel_areas([(0, MASK)], [], classes=3).shape == (0, 3)


def test_a_tile_with_one_pixel_missing_is_not_whole() -> None:
    valid = np.ones((10, 12), np.uint8)
    valid[5, 5] = 0
    windows = [Window(0, 0, 5, 5), Window(4, 4, 4, 4), Window(6, 0, 4, 4)]
    assert wholly_valid([(0, valid[:5]), (5, valid[5:])], windows).tolist() == [True, False, True]
