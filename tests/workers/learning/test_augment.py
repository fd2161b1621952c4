import numpy as np

from workers.learning.augment import turn, turn_at_random

IMAGE = np.arange(8, dtype=np.float32).reshape(2, 2, 2)  # two channels that differ by 4 everywhere


def test_the_eight_ways_are_different_and_turn_all_channels_alike() -> None:
    turned = [turn(IMAGE, way) for way in range(8)]
    assert len({image[0].tobytes() for image in turned}) == 8
    assert all(np.array_equal(image[1] - image[0], np.full((2, 2), 4)) for image in turned)


def test_a_quarter_turn_is_against_the_clock_and_a_flip_is_east_to_west() -> None:
    assert turn(IMAGE, 1)[0].tolist() == [[1, 3], [0, 2]]
    assert turn(IMAGE, 4)[0].tolist() == [[1, 0], [3, 2]]


def test_every_way_comes_up_and_the_seed_decides() -> None:
    batch = np.repeat(IMAGE[None], 200, axis=0)
    first, again = (turn_at_random(batch, np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(first, again)
    assert len({image.tobytes() for image in first}) == 8
