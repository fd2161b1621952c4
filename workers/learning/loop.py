"""The training loop: epochs of shuffled batches, the best weights by validation loss, early stopping."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workers.errors import InvalidInput
from workers.learning.augment import turn_at_random
from workers.learning.dataset import TileImages
from workers.learning.losses import Loss
from workers.learning.networks.registry import copy_of_state
from workers.learning.predict import predict_logits
from workers.learning.schedule import EarlyStop, learning_rate
from workers.records.learning import Epoch, Normalisation, RunSpec
from workers.records.progress import Reporter

STARTS, ENDS = 0.1, 0.9


@dataclass(frozen=True)
class Examples:
    """Tiles to learn from or to validate on, and which class is present in each, shape (tiles, classes)."""

    images: TileImages
    labels: NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    """The weights of the best epoch, counted from 1, and the curves of all epochs."""

    state: dict[str, Tensor]
    best_epoch: int
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True)
class Trainer:
    """All that an epoch needs."""

    run: RunSpec
    network: nn.Module
    loss: Loss
    normalisation: Normalisation
    train: Examples
    val: Examples
    report: Reporter

    @property
    def device(self) -> torch.device:
        """Return where the network is."""
        return next(self.network.parameters()).device

    def fit(self) -> Trained:
        """Train until the last epoch or until the validation loss has stopped falling.

        Raises:
            InvalidInput: the loss is no longer a number.
            Cancelled: asked to stop; nothing is left behind.
        """
        optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=self.run.optimizer.learning_rate,
            weight_decay=self.run.optimizer.weight_decay,
        )
        stop = EarlyStop(self.run.early_stop)
        best: dict[str, Tensor] = {}
        epochs: list[Epoch] = []
        for number in range(1, self.run.epochs + 1):
            epochs.append(self._epoch(number, optimizer))
            if stop.improved(number, epochs[-1].val_loss):
                best = copy_of_state(self.network)
            if stop.exhausted:
                break
        return Trained(best, stop.best_epoch, tuple(epochs))

    def _epoch(self, number: int, optimizer: torch.optim.Optimizer) -> Epoch:
        start = time.perf_counter()
        train_loss = self._train(number, optimizer)
        trained = time.perf_counter() - start
        val_loss = self._validate(number)
        if not np.isfinite(train_loss + val_loss):
            raise InvalidInput(f"the loss is no longer a number in epoch {number}: lower optimizer.learning_rate")
        epoch = Epoch(
            number, train_loss, val_loss, optimizer.param_groups[0]["lr"], round(time.perf_counter() - start, 3)
        )
        self.report(
            "train",
            self._fraction(number, 1.0),
            f"epoch {number} of {self.run.epochs}: training loss {train_loss:.4f}, validation loss {val_loss:.4f}",
            measures={
                "epoch": number,
                "train_loss": train_loss,
                "val_loss": val_loss,
                "samples_per_second": round(len(self.train.images.tiles) / max(trained, 1e-9), 1),
            },
        )
        return epoch

    def _train(self, number: int, optimizer: torch.optim.Optimizer) -> float:
        self.network.train()
        random = np.random.default_rng([self.run.seed, number])
        total, seen = 0.0, 0
        batches = list(shuffled_batches(len(self.train.images.tiles), self.run.batch_size, random))
        for step, rows in enumerate(batches):
            moment = number - 1 + step / len(batches)
            self._set_rate(optimizer, learning_rate(self.run.optimizer, epoch=moment, epochs=self.run.epochs))
            total += self._step(rows, random, optimizer) * rows.size
            seen += rows.size
            self.report("train", self._fraction(number, 0.9 * (step + 1) / len(batches)))
        return total / seen

    def _step(self, rows: NDArray[np.int64], random: np.random.Generator, optimizer: torch.optim.Optimizer) -> float:
        batch = self.train.images.batch(rows, self.normalisation)
        if self.run.augment:
            batch = turn_at_random(batch, random)
        labels = torch.from_numpy(self.train.labels[rows].astype(np.float32)).to(self.device)
        loss = self.loss(self.network(torch.from_numpy(batch).to(self.device)), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        return float(loss.detach())

    def _validate(self, number: int) -> float:
        logits = predict_logits(
            self.network,
            self.val.images,
            self.normalisation,
            batch_size=self.run.batch_size,
            step=lambda done: self.report("train", self._fraction(number, 0.9 + 0.1 * done)),
        )
        labels = torch.from_numpy(self.val.labels.astype(np.float32)).to(self.device)
        return float(self.loss(torch.from_numpy(logits).to(self.device), labels))

    def _fraction(self, number: int, part: float) -> float:
        return STARTS + (ENDS - STARTS) * (number - 1 + part) / self.run.epochs

    @staticmethod
    def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = rate


def shuffled_batches(count: int, size: int, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield the row numbers 0 to `count` - 1 in random order, `size` at a time; the last batch may be smaller, but one
    tile alone joins the batch before it, since batch normalisation needs two.
    """
    order = random.permutation(count).astype(np.int64)
    starts = list(range(0, count, size))
    if len(starts) > 1 and count - starts[-1] == 1:
        starts.pop()
    for first, last in zip(starts, [*starts[1:], count], strict=True):
        yield order[first:last]
