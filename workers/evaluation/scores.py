"""Scores of multilabel classification, per class with support and over all classes, in numpy alone.

Definitions: scikit-learn's for precision, recall, F1, average precision and the area under the ROC curve; the global
names are those of the EarthScape v1.1 tables (`macro_map` is the mean AP, `auroc` the mean AUROC), with the weighted
ones of v1.0 beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.errors import InvalidInput
from workers.records.learning import ClassScores

Labels = NDArray[np.bool_]
Probabilities = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class RankedCounts:
    """True and false positives when everything down to each distinct score counts as yes; scores fall from first to
    last.
    """

    scores: Probabilities
    true_positives: Counts
    false_positives: Counts


def ranked_counts(labels: Labels, probabilities: Probabilities) -> RankedCounts:
    """Return the cumulative counts at each distinct score. `labels` and `probabilities` have the shape (N,), N at
    least 1.
    """
    order = np.argsort(-probabilities, kind="stable")
    scores, hits = probabilities[order], labels[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(scores)), scores.size - 1)
    true_positives = np.cumsum(hits, dtype=np.int64)[last_of_tie]
    return RankedCounts(scores[last_of_tie], true_positives, 1 + last_of_tie - true_positives)


def average_precision(labels: Labels, probabilities: Probabilities) -> float | None:
    """Return the sum of (R_n - R_(n-1)) P_n over the distinct scores, or None without a positive."""
    support = int(labels.sum())
    if not support:
        return None
    counts = ranked_counts(labels, probabilities)
    precision = counts.true_positives / (counts.true_positives + counts.false_positives)
    return float(np.sum(np.diff(counts.true_positives, prepend=0) * precision) / support)


def area_under_roc(labels: Labels, probabilities: Probabilities) -> float | None:
    """Return the area under the ROC curve, ties counting half, or None if there is one label value only."""
    positives = int(labels.sum())
    negatives = labels.size - positives
    if not positives or not negatives:
        return None
    counts = ranked_counts(labels, probabilities)
    width = np.diff(counts.false_positives, prepend=0)
    height = counts.true_positives + np.append(0, counts.true_positives[:-1])
    return float(np.sum(width * height) / (2 * positives * negatives))


def score_class(
    symbol: str, labels: Labels, probabilities: Probabilities, *, threshold: float, published: bool = False
) -> ClassScores:
    """Return the scores of one class; yes is a probability at or above `threshold`.

    Without support precision, recall, F1 and AP are None; with support and nothing predicted precision and F1 are 0.
    AP and AUROC are None where all labels are equal. `published` counts undefined precision, recall, F1 and AP as 0,
    as the published tables do.
    """
    said_yes = probabilities >= threshold
    support, predicted = int(labels.sum()), int(said_yes.sum())
    hits = int((labels & said_yes).sum())
    scores = ClassScores(
        symbol=symbol,
        threshold=float(threshold),
        support=support,
        predicted=predicted,
        precision=hits / predicted if predicted else 0.0,
        recall=hits / support if support else 0.0,
        f1=2 * hits / (support + predicted) if support else 0.0,
        ap=average_precision(labels, probabilities) or 0.0,
        auroc=area_under_roc(labels, probabilities),
        accuracy=float(np.mean(labels == said_yes)),
    )
    return scores if published else leave_out_undefined(scores, tile_count=labels.size)


def leave_out_undefined(scores: ClassScores, *, tile_count: int) -> ClassScores:
    """Return the scores with None where they are not defined: nothing but accuracy without support, no AP where every
    tile has the class.
    """
    defined = scores.support > 0
    return ClassScores(
        symbol=scores.symbol,
        threshold=scores.threshold,
        support=scores.support,
        predicted=scores.predicted,
        precision=scores.precision if defined else None,
        recall=scores.recall if defined else None,
        f1=scores.f1 if defined else None,
        ap=scores.ap if defined and scores.support < tile_count else None,
        auroc=scores.auroc,
        accuracy=scores.accuracy,
    )


def score_classes(
    symbols: Sequence[str],
    labels: Labels,
    probabilities: Probabilities,
    *,
    thresholds: Mapping[str, float],
    published: bool = False,
) -> tuple[ClassScores, ...]:
    """Return the scores of each class; `labels` and `probabilities` have the shape (tiles, classes).

    Raises:
        InvalidInput: no tile, shapes that differ, or a probability that is no number between 0 and 1.
    """
    _check(symbols, labels, probabilities)
    return tuple(
        score_class(
            symbol, labels[:, column], probabilities[:, column], threshold=thresholds[symbol], published=published
        )
        for column, symbol in enumerate(symbols)
    )


def _check(symbols: Sequence[str], labels: Labels, probabilities: Probabilities) -> None:
    if not labels.size:
        raise InvalidInput("there is no tile to score")
    if labels.shape != probabilities.shape or labels.shape[1] != len(symbols):
        raise InvalidInput(
            f"labels {labels.shape}, probabilities {probabilities.shape} and {len(symbols)} classes do not fit"
        )
    if not np.all((probabilities >= 0) & (probabilities <= 1)):
        raise InvalidInput("a probability is not a number between 0 and 1")


def global_scores(
    classes: Sequence[ClassScores],
    labels: Labels,
    probabilities: Probabilities,
    *,
    published: bool = False,
) -> dict[str, float | None]:
    """Return the scores over all classes, under the names of the v1.1 tables and, for the weighted ones, those of v1.0
    in the same style.

    A macro score is the plain mean over the classes where it is defined (`published`: over all classes, undefined as
    0, but for AUROC); a weighted score is weighted by support. `micro_accuracy` is the mean of element-wise equality,
    `subset_accuracy` the share of tiles with every class right.
    """
    limits = np.array([scores.threshold for scores in classes])
    right = labels == (probabilities >= limits)
    accuracy = float(right.mean())
    weights = [scores.support for scores in classes]
    averages: dict[str, float | None] = {}
    for title, name in (("precision", "precision"), ("recall", "recall"), ("f1", "f1"), ("map", "ap")):
        values: list[float | None] = [getattr(scores, name) for scores in classes]
        averages[f"macro_{title}"] = mean_of_defined(_zero_filled(values) if published else values)
        averages[f"weighted_{title}"] = _weighted_mean(values, weights)
    return {
        **averages,
        "auroc": mean_of_defined([scores.auroc for scores in classes]),
        "micro_accuracy": accuracy,
        "hamming_loss": 1 - accuracy,
        "subset_accuracy": float(right.all(axis=1).mean()),
    }


def mean_of_defined(values: Sequence[float | None]) -> float | None:
    """Return the plain mean of what is not None, or None if nothing is defined."""
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None


def _zero_filled(values: Sequence[float | None]) -> list[float | None]:
    return [0.0 if value is None else value for value in values]


def _weighted_mean(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    pairs = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    total = sum(weight for _, weight in pairs)
    return sum(value * weight for value, weight in pairs) / total if total else None
