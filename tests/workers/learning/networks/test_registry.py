import pytest
import torch

from workers.errors import InvalidInput
from workers.learning.networks.registry import NETWORKS, make_network, parameter_count


@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize("channels", [1, 6])
def test_any_number_of_channels_gives_one_logit_per_class(name: str, channels: int) -> None:
    network = make_network(name, channels=channels, classes=7).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, channels, 64, 64)).shape == (2, 7)


def test_resnet18_has_its_parameters() -> None:
    # the original, less 2 of 3 input channels (2 x 64 x 49), less the head of 1000 classes, plus a head of 7
    assert parameter_count(make_network("resnet18", channels=1, classes=7)) == 11_689_512 - 6_272 - 513_000 + 3_591


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(InvalidInput, match="network: 'vgg' is not one of mobilenetv4_conv_small, resnet18"):
        make_network("vgg", channels=1, classes=7)
