"""The decision threshold of a class: the score that gives the best F1 on the validation tiles."""

from collections.abc import Sequence

import numpy as np

from workers.evaluation.scores import Labels, Probabilities, ranked_counts

WITHOUT_POSITIVES = 0.5


def best_threshold(labels: Labels, probabilities: Probabilities) -> float:
    """Return the distinct score with the highest F1 when it and everything above counts as yes, the lowest of equals.

    `labels` and `probabilities` have the shape (N,). Without a positive, every threshold is as good:
    `WITHOUT_POSITIVES`.
    """
    if not labels.any():
        return WITHOUT_POSITIVES
    counts = ranked_counts(labels, probabilities)
    f1 = _f1_at_each(labels, probabilities)
    return float(counts.scores[np.flatnonzero(f1 == f1.max())[-1]])


def published_threshold(labels: Labels, probabilities: Probabilities) -> float:
    """Return what the published code takes: one distinct score below the best of all but the lowest distinct score.

    It pairs F1 of precision[1:] and recall[1:] of scikit-learn's precision-recall curve with the threshold at the same
    index, so precision and recall belong to the next higher score. Only for reproducing published runs.
    """
    if not labels.any():
        return WITHOUT_POSITIVES
    rising = ranked_counts(labels, probabilities).scores[::-1]
    f1_of_next = np.append(_f1_at_each(labels, probabilities)[::-1][1:], 0.0)
    return float(rising[int(np.argmax(f1_of_next))])


def tune_thresholds(
    symbols: Sequence[str], labels: Labels, probabilities: Probabilities, *, published: bool = False
) -> dict[str, float]:
    """Return a threshold per class; `labels` and `probabilities` of the validation tiles have the shape (tiles,
    classes).
    """
    choose = published_threshold if published else best_threshold
    return {symbol: choose(labels[:, column], probabilities[:, column]) for column, symbol in enumerate(symbols)}


def _f1_at_each(labels: Labels, probabilities: Probabilities) -> Probabilities:
    counts = ranked_counts(labels, probabilities)
    predicted = counts.true_positives + counts.false_positives
    f1: Probabilities = 2 * counts.true_positives / (int(labels.sum()) + predicted)
    return f1
