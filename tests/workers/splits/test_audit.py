import numpy as np

from workers.splits.audit import SubsetPair, audit
from workers.splits.overlap import Footprints


def squares(*corners: tuple[float, float]) -> Footprints:
    return Footprints(np.array([(x, y, x + 2, y + 2) for x, y in corners], float), np.zeros(len(corners), int))


def test_pairs_that_share_area_and_pairs_that_touch_are_counted_apart() -> None:
    subsets = {"train": squares((0, 0), (1, 1), (9, 9)), "val": squares((2, 0)), "test_id": squares((11, 11))}
    assert audit(subsets) == (
        SubsetPair("train", "val", overlapping=1, touching=1),
        SubsetPair("train", "test_id", overlapping=0, touching=1),
        SubsetPair("val", "test_id", overlapping=0, touching=0),
    )
