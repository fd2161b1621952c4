import numpy as np

from workers.learning.loop import shuffled_batches


def test_every_tile_comes_once_an_epoch() -> None:
    batches = list(shuffled_batches(21, 8, np.random.default_rng(0)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(21))
    assert [batch.size for batch in batches] == [8, 8, 5]


def test_one_tile_alone_joins_the_batch_before_it() -> None:
    assert [batch.size for batch in shuffled_batches(17, 8, np.random.default_rng(0))] == [8, 9]
    assert [batch.size for batch in shuffled_batches(1, 8, np.random.default_rng(0))] == [1]
