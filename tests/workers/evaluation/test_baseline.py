import numpy as np
import pytest

from workers.errors import InvalidInput
from workers.evaluation.baseline import macro_f1, skill, yes_to_class, yes_to_every_class
from workers.evaluation.scores import score_class

IN_DOMAIN = {"af1": 571, "Qal": 949, "Qaf": 13, "Qat": 61, "Qc": 749, "Qca": 432, "Qr": 1433}
CROSS_DOMAIN = {"af1": 435, "Qal": 845, "Qaf": 6, "Qat": 77, "Qc": 456, "Qca": 249, "Qr": 1511}


def test_yes_to_all_gives_the_macro_f1_of_the_published_supports() -> None:
    assert macro_f1(yes_to_every_class(IN_DOMAIN, tile_count=1536)) == pytest.approx(0.494, abs=5e-4)
    assert macro_f1(yes_to_every_class(CROSS_DOMAIN, tile_count=1536)) == pytest.approx(0.426, abs=5e-4)


@pytest.mark.parametrize("support", [0, 1, 5, 8])
def test_it_equals_scoring_a_constant_answer(support: int) -> None:
    labels = np.arange(8) < support
    assert yes_to_class("Qc", support=support, tile_count=8) == score_class(
        "Qc", labels, np.ones(8) * 0.0, threshold=0.0
    )


def test_skill_is_the_share_of_the_way_to_one() -> None:
    assert skill(0.75, 0.5) == 0.5
    assert skill(0.25, 0.5) == -0.5
    assert skill(None, 0.5) is None
    assert skill(1.0, 1.0) is None


def test_more_support_than_tiles_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Qc: support 9 does not fit 8 tiles"):
        yes_to_class("Qc", support=9, tile_count=8)
