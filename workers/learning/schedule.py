"""The learning rate over the steps of a training, and when to stop."""

import math

from workers.errors import InvalidInput
from workers.records.learning import EarlyStopSpec, OptimizerSpec

_WARMUP_START = 0.001


def learning_rate(spec: OptimizerSpec, *, epoch: float, epochs: int) -> float:
    """Return the rate at a moment, `epoch` counting from 0 with fractions: linear from a thousandth in the warm-up,
    then half a cosine down to `final_learning_rate` at the end of the last epoch.
    """
    if epoch < spec.warmup_epochs:
        return spec.learning_rate * (_WARMUP_START + (1 - _WARMUP_START) * epoch / spec.warmup_epochs)
    span = epochs - spec.warmup_epochs
    progress = min((epoch - spec.warmup_epochs) / span, 1.0) if span > 0 else 1.0
    height = (1 + math.cos(math.pi * progress)) / 2
    return spec.final_learning_rate + (spec.learning_rate - spec.final_learning_rate) * height


def check_optimizer(spec: OptimizerSpec) -> None:
    """Raise `InvalidInput` for rates that are not above 0 or a warm-up or weight decay below 0."""
    if not (spec.learning_rate > 0 and spec.final_learning_rate > 0):
        raise InvalidInput("optimizer: learning rates must be above 0")
    if spec.warmup_epochs < 0 or spec.weight_decay < 0:
        raise InvalidInput("optimizer: warmup_epochs and weight_decay cannot be negative")


class EarlyStop:
    """Watches the validation loss, epoch by epoch, counted from 1."""

    def __init__(self, spec: EarlyStopSpec) -> None:
        self.spec = spec
        self.best_loss = math.inf
        self.best_epoch = 0
        self._stale = 0

    def improved(self, epoch: int, loss: float) -> bool:
        """Take the loss of an epoch; return whether it is the lowest so far."""
        if loss < self.best_loss:
            self.best_loss, self.best_epoch, self._stale = loss, epoch, 0
            return True
        if epoch > self.spec.after:
            self._stale += 1
        return False

    @property
    def exhausted(self) -> bool:
        """Whether the loss has not fallen for `patience` epochs after the first `after`."""
        return self._stale >= max(self.spec.patience, 1)
