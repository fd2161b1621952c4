import pytest

from workers.errors import InvalidInput
from workers.learning.schedule import EarlyStop, check_optimizer, learning_rate
from workers.records.learning import EarlyStopSpec, OptimizerSpec

SPEC = OptimizerSpec(learning_rate=3e-4, final_learning_rate=1e-5, warmup_epochs=5)


def test_the_rate_warms_up_and_then_falls_as_half_a_cosine() -> None:
    rates = [learning_rate(SPEC, epoch=epoch, epochs=155) for epoch in (0, 2.5, 5, 80, 155)]
    assert rates == pytest.approx([3e-7, 1.5015e-4, 3e-4, 1.55e-4, 1e-5], rel=1e-9)


def test_without_warm_up_the_first_step_has_the_whole_rate() -> None:
    spec = OptimizerSpec(learning_rate=1e-3, warmup_epochs=0)
    assert learning_rate(spec, epoch=0, epochs=10) == pytest.approx(1e-3)


def test_training_stops_when_the_loss_has_not_fallen_for_the_patience() -> None:
    stop = EarlyStop(EarlyStopSpec(patience=2, after=3))
    losses = [1.0, 0.5, 0.6, 0.7, 0.6, 0.1]
    stopped = []
    for epoch, loss in enumerate(losses, start=1):
        stop.improved(epoch, loss)
        stopped.append(stop.exhausted)
    assert stopped[:5] == [False, False, False, False, True]  # the third epoch is not counted


def test_the_best_epoch_is_the_first_with_the_lowest_loss() -> None:
    stop = EarlyStop(EarlyStopSpec(patience=9, after=0))
    assert [stop.improved(epoch, loss) for epoch, loss in enumerate([0.5, 0.4, 0.4, 0.6], start=1)] == [
        True,
        True,
        False,
        False,
    ]
    assert (stop.best_epoch, stop.best_loss) == (2, 0.4)


def test_rates_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidInput, match="learning rates must be above 0"):
        check_optimizer(OptimizerSpec(learning_rate=0.0))
    with pytest.raises(InvalidInput, match="cannot be negative"):
        check_optimizer(OptimizerSpec(weight_decay=-0.1))
