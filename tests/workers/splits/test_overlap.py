import numpy as np
import pytest
from shapely import STRtree, box

from workers.errors import InvalidInput
from workers.splits.overlap import Footprints, neighbours, overlapping


def squares(*corners: tuple[float, float], side: float = 10.0, crs: int = 0) -> Footprints:
    bounds = np.array([(x, y, x + side, y + side) for x, y in corners], dtype=float).reshape(-1, 4)
    return Footprints(bounds, np.full(len(bounds), crs))


def test_sharing_area_counts_and_touching_does_not() -> None:
    others = squares((5, 5), (10, 0), (10, 10), (-10, 0), (9.9, 9.9), (30, 0))
    assert overlapping(squares((0, 0)), others).tolist() == [True, False, False, False, True, False]


def test_rounding_of_coordinates_is_not_area() -> None:
    assert not overlapping(squares((0, 0)), squares((10 - 1e-9, 0))).any()


def test_the_same_place_in_another_coordinate_system_is_elsewhere() -> None:
    assert not overlapping(squares((0, 0), crs=0), squares((0, 0), crs=1)).any()


@pytest.mark.parametrize("seed", range(5))
def test_boxes_of_any_size_overlap_as_shapely_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    low = random.integers(-40, 40, (300, 2))
    bounds = np.hstack([low, low + random.integers(1, 12, (300, 2))]).astype(float)
    one, other = bounds[:100], bounds[100:]
    boxes = [box(*each) for each in one]
    tree = STRtree([box(*each) for each in other])
    expected = {
        (i, j) for i, each in enumerate(boxes) for j in tree.query(each) if each.intersection(tree.geometries[j]).area
    }
    found = set()
    for pairs in neighbours(Footprints(one, np.zeros(100, int)), Footprints(other, np.zeros(200, int))):
        found |= set(zip(pairs.first[~pairs.touching], pairs.second[~pairs.touching], strict=True))
    assert found == expected


def test_nothing_overlaps_nothing() -> None:
    assert overlapping(squares(), squares((0, 0))).tolist() == [False]


def test_a_footprint_without_extent_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no extent"):
        squares((0, 0), side=0)
