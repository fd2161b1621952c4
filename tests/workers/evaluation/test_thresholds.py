import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_curve

from workers.evaluation.thresholds import best_threshold, published_threshold, tune_thresholds

LABELS = np.array([0, 0, 1, 0, 1, 1], bool)
PROBABILITIES = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.9])


def test_the_best_threshold_and_the_published_one_differ_by_one_score() -> None:
    assert best_threshold(LABELS, PROBABILITIES) == 0.3
    assert published_threshold(LABELS, PROBABILITIES) == 0.2


@pytest.mark.parametrize("seed", range(10))
def test_no_threshold_gives_a_better_f1(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, probabilities = random.random(60) < 0.3, np.round(random.random(60), 1)
    ours = f1_score(labels, probabilities >= best_threshold(labels, probabilities))
    assert ours == max(f1_score(labels, probabilities >= limit) for limit in np.unique(probabilities))


@pytest.mark.parametrize("seed", range(10))
def test_the_published_threshold_is_that_of_the_published_procedure(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, probabilities = random.random(60) < 0.4, np.round(random.random(60), 2)
    precision, recall, limits = precision_recall_curve(labels, probabilities)
    total = precision[1:] + recall[1:]
    f1 = np.divide(2 * precision[1:] * recall[1:], total, out=np.zeros_like(total), where=total > 0)
    assert published_threshold(labels, probabilities) == limits[np.argmax(np.round(f1, 12))]


def test_a_class_absent_from_validation_gets_one_half() -> None:
    labels = np.column_stack([LABELS, np.zeros(6, bool)])
    probabilities = np.column_stack([PROBABILITIES, PROBABILITIES])
    assert tune_thresholds(("af1", "Qaf"), labels, probabilities) == {"af1": 0.3, "Qaf": 0.5}
    assert tune_thresholds(("af1", "Qaf"), labels, probabilities, published=True) == {"af1": 0.2, "Qaf": 0.5}
