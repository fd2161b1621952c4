import time

import numpy as np
import pytest
import shapely
import shapely.affinity
from shapely import box

from workers.errors import InvalidInput
from workers.rasters.reassign import give_to_neighbours, given_away, reassigned
from workers.records.regions import LONGEST_BORDER

CLASSES = ("Qal", "Qc", "Qr")
AWAY = {"Qx"}


def given(*polygons: tuple[shapely.Geometry, str], tolerance: float = 0.1) -> tuple[str, ...]:
    shapes, symbols = zip(*polygons, strict=True)
    return give_to_neighbours(np.array(shapes, np.object_), symbols, CLASSES, AWAY, tolerance=tolerance)


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


def test_a_stretch_near_two_polygons_of_a_class_counts_once() -> None:
    pieces = [(box(0.98 * place, 10, 0.98 * place + 0.98, 20), "Qal") for place in range(10)]  # 9.8 in all
    assert given((box(0, 0, 10, 10), "Qx"), (box(0, -10, 10, 0), "Qr"), *pieces, tolerance=0.5)[0] == "Qr"


def test_the_tolerance_at_the_ends_of_many_stretches_is_no_border() -> None:
    pieces = [(box(2.0 * place, 10, 2.0 * place + 1.1, 20), "Qal") for place in range(5)]  # 5.5 in all
    assert given((box(0, 0, 10, 10), "Qx"), (box(0, -10, 6, 0), "Qr"), *pieces, tolerance=0.4)[0] == "Qr"


@pytest.mark.parametrize("side", [2, 0.04])
def test_a_polygon_within_another_goes_to_it_however_small(side: float) -> None:
    inner = box(4, 4, 4 + side, 4 + side)
    assert given((inner, "Qx"), (box(0, 0, 10, 10) - inner, "Qc"))[0] == "Qc"


def test_equal_borders_are_equal_also_where_coordinates_are_rounded() -> None:
    turned = [
        shapely.affinity.rotate(shape, 17, origin=(4_700_000.3, 3_560_000.7))
        for shape in (box(0, 0, 40, 40), box(40, 0, 80, 40), box(-40, 0, 0, 40))
    ]
    moved = [shapely.affinity.translate(shape, 4_700_000.1, 3_560_000.1) for shape in turned]
    assert given(*zip(moved, ("Qx", "Qr", "Qal"), strict=True), tolerance=0.5)[0] == "Qal"


def test_a_symbol_of_the_catalogue_may_be_given_away() -> None:
    shapes = np.array([box(0, 0, 4, 4), box(4, 0, 8, 4)], np.object_)
    assert given_away({"Qal": LONGEST_BORDER, "Qls": "Qc"}) == {"Qal"}
    assert give_to_neighbours(shapes, ("Qal", "Qr"), CLASSES, {"Qal"}, tolerance=0.1) == ("Qr", "Qr")


def test_of_equal_borders_the_class_that_stands_first_wins() -> None:
    assert given((box(0, 0, 4, 4), "Qx"), (box(4, 0, 8, 4), "Qr"), (box(-4, 0, 0, 4), "Qc"))[0] == "Qc"


def test_a_corner_is_no_border_to_speak_of() -> None:
    assert given((box(0, 0, 4, 4), "Qx"), (box(4, 4, 8, 8), "Qal"), (box(0, -4, 4, 0), "Qr"))[0] == "Qr"


def test_a_polygon_that_meets_others_in_corners_alone_has_no_border() -> None:
    with pytest.raises(InvalidInput, match=r"the polygon of Qx at 2\.0, 2\.0 borders on no polygon of a class"):
        given((box(0, 0, 4, 4), "Qx"), (box(4, 4, 8, 8), "Qal"))


def test_polygons_among_their_like_wait_for_their_neighbours() -> None:
    row = [(box(4 * place, 0, 4 * place + 4, 4), "Qx") for place in range(4)]
    assert given(*row, (box(16, 0, 20, 4), "Qc")) == ("Qc",) * 5


def test_borders_drawn_twice_meet_within_the_tolerance() -> None:
    polygons = (box(0, 0, 4, 4), "Qx"), (box(4.05, 0, 8, 4), "Qal")
    assert given(*polygons)[0] == "Qal"
    with pytest.raises(InvalidInput, match=r"the polygon of Qx at 2\.0, 2\.0 borders on no polygon of a class"):
        given(*polygons, tolerance=0.01)


def test_several_without_a_neighbour_are_counted() -> None:
    with pytest.raises(InvalidInput, match=r"Qx at 2\.0, 2\.0, and 1 more borders on no polygon"):
        given((box(0, 0, 4, 4), "Qx"), (box(4, 0, 8, 4), "Qx"), (box(90, 0, 94, 4), "Qr"))


def test_a_map_of_many_polygons_is_decided_in_seconds() -> None:
    cols, rows = np.meshgrid(np.arange(140.0), np.arange(140.0))
    squares = shapely.box(cols.ravel(), rows.ravel(), cols.ravel() + 1, rows.ravel() + 1)
    symbols = np.random.default_rng(6).choice(["Qx", *CLASSES], squares.size)
    started = time.monotonic()
    found = give_to_neighbours(squares, symbols.tolist(), CLASSES, AWAY, tolerance=0.01)
    assert time.monotonic() - started < 20
    assert set(found) == set(CLASSES)
