"""Losses on logits of the shape (tiles, classes) against labels of 0 and 1 of the same shape."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from workers.errors import InvalidInput
from workers.records.learning import LossSpec

Loss = Callable[[Tensor, Tensor], Tensor]


def binary_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean binary cross entropy."""
    return functional.binary_cross_entropy_with_logits(logits, labels)


def focal(logits: Tensor, labels: Tensor, *, gamma: float, alpha: Tensor | None = None) -> Tensor:
    """Return the mean of alpha_t (1 - p_t)^gamma times the cross entropy (Lin et al. 2017).

    p_t is the probability given to what is so; alpha_t is `alpha`, one per class, where the class is present, 1 -
    alpha where it is not, and 1 without alpha. The power is taken through the logarithm of 1 - p_t, whose gradient
    stays finite for a gamma below 1.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    towards_truth = logits * (2 * labels - 1)
    weighted = torch.exp(gamma * functional.logsigmoid(-towards_truth)) * entropy
    if alpha is not None:
        weighted = weighted * (alpha * labels + (1 - alpha) * (1 - labels))
    return weighted.mean()


def make_loss(spec: LossSpec, *, classes: int, device: torch.device) -> Loss:
    """Return the loss of a specification.

    Raises:
        InvalidInput: a gamma below 0, alpha not one per class or not from 0 to 1, or alpha beside `bce`.
    """
    if spec.name == "bce":
        if spec.alpha is not None:
            raise InvalidInput("loss.alpha: only the focal loss has it")
        return binary_cross_entropy
    if spec.gamma < 0:
        raise InvalidInput(f"loss.gamma: {spec.gamma} is below 0")
    if spec.alpha is not None and len(spec.alpha) != classes:
        raise InvalidInput(f"loss.alpha: {len(spec.alpha)} values for {classes} classes")
    if spec.alpha is not None and not all(0 <= value <= 1 for value in spec.alpha):
        raise InvalidInput("loss.alpha: each value weighs presence against absence, from 0 to 1")
    alpha = None if spec.alpha is None else torch.tensor(spec.alpha, device=device)
    return lambda logits, labels: focal(logits, labels, gamma=spec.gamma, alpha=alpha)
