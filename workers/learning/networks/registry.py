"""The networks a specification may name."""

from collections.abc import Callable

import timm
from torch import Tensor, nn

from workers.errors import InvalidInput

Maker = Callable[[int, int], nn.Module]


def _from_timm(name: str) -> Maker:
    def make(channels: int, classes: int) -> nn.Module:
        network: nn.Module = timm.create_model(name, pretrained=False, in_chans=channels, num_classes=classes)
        return network

    return make


NETWORKS: dict[str, Maker] = {
    "mobilenetv4_conv_small": _from_timm("mobilenetv4_conv_small"),
    "resnet18": _from_timm("resnet18"),
}


def make_network(name: str, *, channels: int, classes: int) -> nn.Module:
    """Return a network with fresh weights from torch's random state: (tiles, channels, side, side) to (tiles, classes)
    logits.

    Raises:
        InvalidInput: no such network.
    """
    if name not in NETWORKS:
        raise InvalidInput(f"network: {name!r} is not one of {', '.join(NETWORKS)}")
    return NETWORKS[name](channels, classes)


def parameter_count(network: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def copy_of_state(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of weights and running statistics in main memory."""
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
