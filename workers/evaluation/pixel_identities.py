"""Identities that every row of scores over pixels must meet; a row that does not contradicts itself."""

from collections.abc import Iterable, Mapping

from workers.evaluation.identities import TOLERANCE
from workers.records.datasets import TILE_PX
from workers.records.published import PublishedClass

COUNTS = ("tp", "fp", "fn", "tn", "gt_support", "pred_support")
SCORES = tuple(f"{over}_{name}" for over in ("macro", "micro") for name in ("iou", "dice", "precision", "recall"))


def pixel_contradictions(row: PublishedClass, *, tile_count: int, tolerance: float = TOLERANCE) -> tuple[str, ...]:
    """Return what is wrong with the scores of one class over the pixels of its tiles, a sentence each; empty if they
    agree.

    Checked: tiles with the class within the number of tiles; no score outside 0-1; pixels of the truth tp + fn, of the
    prediction tp + fp, all together those of the tiles; micro scores those that the counts give, 0 where they leave no
    denominator. `row.details` holds `COUNTS` and `SCORES`; `tolerance` is that of a score.
    """
    counts = {name: int(row.details[name] or 0) for name in COUNTS}
    return (
        *_out_of_range(row, tile_count),
        *_check_sums(counts, tile_count),
        *_check_scores(row.details, counts, tolerance),
    )


def _out_of_range(row: PublishedClass, tile_count: int) -> Iterable[str]:
    for name, count in (("support", row.support), ("predicted", row.predicted)):
        if not 0 <= count <= tile_count:
            yield f"{name} {count} does not fit {tile_count} tiles"
    for name in SCORES:
        value = row.details[name]
        if value is not None and not 0 <= value <= 1:
            yield f"{name} {value} is not between 0 and 1"


def _check_sums(counts: Mapping[str, int], tile_count: int) -> Iterable[str]:
    for name, missed in (("gt_support", "fn"), ("pred_support", "fp")):
        pixels = counts["tp"] + counts[missed]
        if counts[name] != pixels:
            yield f"{name} is {counts[name]}, tp + {missed} is {pixels}"
    pixels, expected = sum(counts[name] for name in ("tp", "fp", "fn", "tn")), tile_count * TILE_PX**2
    if pixels != expected:
        yield f"tp + fp + fn + tn is {pixels}, {tile_count} tiles have {expected} pixels"


def _check_scores(scores: Mapping[str, float | None], counts: Mapping[str, int], tolerance: float) -> Iterable[str]:
    tp, fp, fn = counts["tp"], counts["fp"], counts["fn"]
    expected = {
        "micro_iou": _ratio(tp, tp + fp + fn),
        "micro_dice": _ratio(2 * tp, 2 * tp + fp + fn),
        "micro_precision": _ratio(tp, tp + fp),
        "micro_recall": _ratio(tp, tp + fn),
    }
    for name, value in expected.items():
        found = scores[name]
        if found is not None and abs(found - value) > tolerance:
            yield f"{name} is {found}, the counts give {value}"


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
