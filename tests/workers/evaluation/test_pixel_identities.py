import dataclasses
from typing import Any

import pytest

from workers.evaluation.pixel_identities import pixel_contradictions
from workers.records.published import PublishedClass

QAL = PublishedClass(  # deeplabv3p resnet50 dem+rgb in domain, as published
    symbol="Qal",
    threshold=None,
    support=947,
    predicted=945,
    precision=0.7952310538419044,
    recall=0.7402788160751272,
    f1=0.7667716301635621,
    ap=None,
    auroc=None,
    accuracy=None,
    iou=0.6217596423485282,
    details={
        "gt_support": 8361713.0,
        "pred_support": 7783900.0,
        "tp": 6189999.0,
        "fp": 1593901.0,
        "fn": 2171714.0,
        "tn": 90707682.0,
        "macro_iou": 0.3172844619595448,
        "macro_dice": 0.3898245897626371,
        "macro_precision": 0.4735424763335946,
        "macro_recall": 0.4067874787361039,
        "mean_hd": 99.25569725082946,
        "mean_hd95": 88.36516315671446,
        "micro_iou": 0.6217596423485282,
        "micro_dice": 0.7667716301635621,
        "micro_precision": 0.7952310538419044,
        "micro_recall": 0.7402788160751272,
    },
)


def told(details: dict[str, float | None], **fields: Any) -> tuple[str, ...]:
    row = dataclasses.replace(QAL, details={**QAL.details, **details}, **fields)
    return pixel_contradictions(row, tile_count=1536)


def test_a_published_row_agrees_with_itself() -> None:
    assert pixel_contradictions(QAL, tile_count=1536, tolerance=1e-9) == ()


@pytest.mark.parametrize(
    ("details", "flag"),
    [
        ({"gt_support": 8361714.0}, "gt_support is 8361714, tp + fn is 8361713"),
        ({"pred_support": 7783899.0}, "pred_support is 7783899, tp + fp is 7783900"),
        ({"tn": 90707683.0}, "tp + fp + fn + tn is 100663297, 1536 tiles have 100663296 pixels"),
        ({"micro_iou": 0.62}, "micro_iou is 0.62, the counts give 0.6217596423485282"),
        ({"micro_dice": 0.75}, "micro_dice is 0.75, the counts give 0.7667716301635621"),
        ({"micro_precision": 0.5}, "micro_precision is 0.5, the counts give 0.7952310538419044"),
        ({"micro_recall": 0.5}, "micro_recall is 0.5, the counts give 0.7402788160751272"),
        ({"macro_dice": 1.5}, "macro_dice 1.5 is not between 0 and 1"),
    ],
)
def test_a_row_that_contradicts_itself_is_told_how(details: dict[str, float | None], flag: str) -> None:
    assert told(details) == (flag,)


def test_tiles_with_the_class_fit_the_number_of_tiles() -> None:
    assert told({}, support=1537, predicted=1600) == (
        "support 1537 does not fit 1536 tiles",
        "predicted 1600 does not fit 1536 tiles",
    )


def test_scores_without_a_denominator_are_zero() -> None:
    never = {"tp": 0.0, "fp": 0.0, "fn": 0.0, "tn": 100663296.0, "gt_support": 0.0, "pred_support": 0.0}
    zero = dict.fromkeys(("micro_iou", "micro_dice", "micro_precision", "micro_recall"), 0.0)
    assert told({**never, **zero, "mean_hd": None, "mean_hd95": None}) == ()
    assert told({**never, **zero, "micro_recall": 1.0}) == ("micro_recall is 1.0, the counts give 0.0",)
