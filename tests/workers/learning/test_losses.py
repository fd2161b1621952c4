import math

import pytest
import torch

from workers.errors import InvalidInput
from workers.learning.losses import binary_cross_entropy, focal, make_loss
from workers.records.learning import LossSpec

LOGITS = torch.tensor([[math.log(3.0), math.log(3.0)]])  # probabilities 0.75, right for the first, wrong for the second
LABELS = torch.tensor([[1.0, 0.0]])
PROCESSOR = torch.device("cpu")


def test_binary_cross_entropy_by_hand() -> None:
    # -(ln 0.75 + ln 0.25) / 2
    assert binary_cross_entropy(LOGITS, LABELS).item() == pytest.approx(0.8369882, abs=1e-6)


def test_focal_loss_by_hand() -> None:
    # (0.25^2 x 0.2876821 + 0.75^2 x 1.3862944) / 2
    assert focal(LOGITS, LABELS, gamma=2.0).item() == pytest.approx(0.3988854, abs=1e-6)


def test_focal_loss_with_alpha_by_hand() -> None:
    # (0.3 x 0.25 x 0.2876821 + (1 - 0.9) x 0.75 x 1.3862944) / 2 with gamma 1
    loss = focal(LOGITS, LABELS, gamma=1.0, alpha=torch.tensor([0.3, 0.9]))
    assert loss.item() == pytest.approx(0.0627741, abs=1e-6)


def test_gamma_zero_is_plain_cross_entropy() -> None:
    assert focal(LOGITS, LABELS, gamma=0.0).item() == pytest.approx(0.8369882, abs=1e-6)


def test_the_gradient_is_finite_where_the_network_is_certain() -> None:
    logits = torch.tensor([[200.0, -200.0, 200.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(focal(logits, torch.tensor([[1.0, 0.0, 0.0]]), gamma=0.5), logits)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (LossSpec("focal", gamma=-1.0), "loss.gamma: -1.0 is below 0"),
        (LossSpec("focal", alpha=(0.5,)), "loss.alpha: 1 values for 2 classes"),
        (LossSpec("focal", alpha=(0.5, 4.36)), "from 0 to 1"),
        (LossSpec("bce", alpha=(0.5, 0.5)), "only the focal loss has it"),
    ],
)
def test_a_loss_that_cannot_be_is_refused(spec: LossSpec, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        make_loss(spec, classes=2, device=PROCESSOR)


def test_the_specification_names_the_loss() -> None:
    loss = make_loss(LossSpec("focal", gamma=1.0, alpha=(0.3, 0.9)), classes=2, device=PROCESSOR)
    assert loss(LOGITS, LABELS).item() == pytest.approx(0.0627741, abs=1e-6)
