import time

import numpy as np
import pytest
import shapely
from shapely import box

from workers.errors import InvalidInput
from workers.rasters.reassign import LONGEST_BORDER, give_to_neighbours, reassigned

CLASSES = ("Qal", "Qc", "Qr")


def given(*polygons: tuple[shapely.Geometry, str], tolerance: float = 0.1) -> tuple[str, ...]:
    shapes, symbols = zip(*polygons, strict=True)
    return give_to_neighbours(np.array(shapes, np.object_), symbols, CLASSES, tolerance=tolerance)


def test_the_table_of_reassignment_leaves_open_what_the_border_decides() -> None:
    table = {"Qls": "Qc", "Qx": LONGEST_BORDER}
    assert reassigned(("Qr", "Qls", "Qx"), CLASSES, table) == ("Qr", "Qc", "Qx")
    with pytest.raises(InvalidInput, match="unknown symbol Qy; known are Qal, Qc, Qr; reassign the others"):
        reassigned(("Qy",), CLASSES, table)


def test_a_polygon_goes_to_the_neighbour_with_the_longest_border() -> None:
    found = given((box(0, 0, 4, 3), "Qx"), (box(4, 0, 8, 3), "Qal"), (box(0, 3, 4, 6), "Qr"))
    assert found == ("Qr", "Qal", "Qr")


def test_borders_with_several_polygons_of_a_class_add_up() -> None:
    found = given(
        (box(0, 0, 4, 3), "Qx"), (box(0, 3, 4, 6), "Qr"), (box(4, 0, 8, 3), "Qal"), (box(-4, 0, 0, 3), "Qal")
    )  # fmt: skip
    assert found[0] == "Qal"


def test_of_equal_borders_the_class_that_stands_first_wins() -> None:
    assert given((box(0, 0, 4, 4), "Qx"), (box(4, 0, 8, 4), "Qr"), (box(-4, 0, 0, 4), "Qc"))[0] == "Qc"


def test_a_corner_is_no_border_to_speak_of() -> None:
    assert given((box(0, 0, 4, 4), "Qx"), (box(4, 4, 8, 8), "Qal"), (box(0, -4, 4, 0), "Qr"))[0] == "Qr"


def test_polygons_among_their_like_wait_for_their_neighbours() -> None:
    row = [(box(4 * place, 0, 4 * place + 4, 4), "Qx") for place in range(4)]
    assert given(*row, (box(16, 0, 20, 4), "Qc")) == ("Qc",) * 5


def test_borders_drawn_twice_meet_within_the_tolerance() -> None:
    polygons = (box(0, 0, 4, 4), "Qx"), (box(4.05, 0, 8, 4), "Qal")
    assert given(*polygons)[0] == "Qal"
    with pytest.raises(InvalidInput, match=r"the polygon of Qx at 2\.0, 2\.0 touches no polygon of a class"):
        given(*polygons, tolerance=0.01)


def test_several_without_a_neighbour_are_counted() -> None:
    with pytest.raises(InvalidInput, match=r"Qx at 2\.0, 2\.0, and 1 more touches no polygon"):
        given((box(0, 0, 4, 4), "Qx"), (box(4, 0, 8, 4), "Qx"), (box(90, 0, 94, 4), "Qr"))


def test_a_map_of_many_polygons_is_decided_in_seconds() -> None:
    cols, rows = np.meshgrid(np.arange(140.0), np.arange(140.0))
    squares = shapely.box(cols.ravel(), rows.ravel(), cols.ravel() + 1, rows.ravel() + 1)
    symbols = np.random.default_rng(6).choice(["Qx", *CLASSES], squares.size)
    started = time.monotonic()
    found = give_to_neighbours(squares, symbols.tolist(), CLASSES, tolerance=0.01)
    assert time.monotonic() - started < 20
    assert set(found) == set(CLASSES)
