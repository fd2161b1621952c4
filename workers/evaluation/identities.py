"""Identities that every row of scores must meet; a row that does not contradicts itself."""

from collections.abc import Sequence

from workers.evaluation.scores import mean_of_defined
from workers.records.learning import ClassScores

TOLERANCE = 1e-6


def contradictions(scores: ClassScores, *, tile_count: int, tolerance: float = TOLERANCE) -> tuple[str, ...]:
    """Return what is wrong with the scores of one class, a sentence each; empty if they agree.

    Checked: F1 = 2PR / (P + R), 0 where both are 0; precision x predicted = recall x support, a whole number; accuracy
    x tiles a whole number, and the one that these counts give; counts within the number of tiles; no score outside
    0-1. What is None is not checked. `tolerance` is that of a score.
    """
    found = [*_out_of_range(scores, tile_count)]
    if found:
        return tuple(found)
    found += _check_f1(scores, tolerance)
    found += _check_hits(scores, tile_count, tolerance)
    return tuple(found)


def macro_contradictions(
    classes: Sequence[ClassScores], *, macro_f1: float, tolerance: float = TOLERANCE
) -> tuple[str, ...]:
    """Return what is wrong with a macro F1 beside its classes; an undefined F1 counts as 0, as in the published
    tables.
    """
    expected = mean_of_defined([scores.f1 or 0.0 for scores in classes])
    if expected is None or abs(expected - macro_f1) <= tolerance:
        return ()
    return (f"macro F1 is {macro_f1}, the mean of the class F1 is {expected}",)


def _out_of_range(scores: ClassScores, tile_count: int) -> list[str]:
    found = []
    for name in ("precision", "recall", "f1", "ap", "auroc", "accuracy"):
        value = getattr(scores, name)
        if value is not None and not 0 <= value <= 1:
            found.append(f"{name} {value} is not between 0 and 1")
    for name in ("support", "predicted"):
        count = getattr(scores, name)
        if not 0 <= count <= tile_count:
            found.append(f"{name} {count} does not fit {tile_count} tiles")
    return found


def _check_f1(scores: ClassScores, tolerance: float) -> list[str]:
    precision, recall, f1 = scores.precision, scores.recall, scores.f1
    if precision is None or recall is None or f1 is None:
        return []
    expected = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return [] if abs(expected - f1) <= tolerance else [f"F1 is {f1}, precision and recall give {expected}"]


def _check_hits(scores: ClassScores, tile_count: int, tolerance: float) -> list[str]:
    found = []
    slack = tolerance * max(tile_count, 1)
    by_recall = _whole(scores.recall, scores.support, slack)
    by_precision = _whole(scores.precision, scores.predicted, slack)
    if by_recall is not None and not by_recall[1]:
        found.append(f"recall x support is {by_recall[0]}, not a whole number")
    if by_precision is not None and not by_precision[1]:
        found.append(f"precision x predicted is {by_precision[0]}, not a whole number")
    if by_recall is not None and by_precision is not None and abs(by_recall[0] - by_precision[0]) > slack:
        found.append(f"precision x predicted is {by_precision[0]}, recall x support is {by_recall[0]}")
    return found + _check_accuracy(scores, tile_count, by_recall[0] if by_recall else None, slack)


def _check_accuracy(scores: ClassScores, tile_count: int, hits: float | None, slack: float) -> list[str]:
    right = scores.accuracy * tile_count
    if abs(right - round(right)) > slack:
        return [f"accuracy x tiles is {right}, not a whole number"]
    if hits is None:
        return []
    expected = tile_count - scores.support - scores.predicted + 2 * round(hits)
    return [] if abs(expected - right) <= slack else [f"accuracy x tiles is {right}, the counts give {expected}"]


def _whole(score: float | None, count: int, slack: float) -> tuple[float, bool] | None:
    """Return score x count and whether it is whole within the slack."""
    if score is None:
        return None
    product = score * count
    return product, abs(product - round(product)) <= slack
