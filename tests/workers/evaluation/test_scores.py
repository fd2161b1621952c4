import numpy as np
import pytest
from sklearn import metrics

from workers.errors import InvalidInput
from workers.evaluation.scores import (
    Labels,
    Probabilities,
    area_under_roc,
    average_precision,
    global_scores,
    score_class,
    score_classes,
)

SYMBOLS = ("af1", "Qal", "Qaf")


def made(seed: int, tiles: int = 400) -> tuple[Labels, Probabilities]:
    random = np.random.default_rng(seed)
    labels = random.random((tiles, 3)) < np.array([0.5, 0.9, 0.1])
    return labels, np.round(0.3 * labels + 0.7 * random.random((tiles, 3)), 2)  # two decimals: many ties


@pytest.mark.parametrize("seed", range(10))
def test_class_scores_equal_scikit_learn_with_ties(seed: int) -> None:
    labels, probabilities = made(seed)
    for column, scores in enumerate(
        score_classes(SYMBOLS, labels, probabilities, thresholds=dict.fromkeys(SYMBOLS, 0.5))
    ):
        truth, given = labels[:, column], probabilities[:, column]
        said = given >= 0.5
        assert scores.precision == pytest.approx(metrics.precision_score(truth, said), abs=1e-12)
        assert scores.recall == pytest.approx(metrics.recall_score(truth, said), abs=1e-12)
        assert scores.f1 == pytest.approx(metrics.f1_score(truth, said), abs=1e-12)
        assert scores.ap == pytest.approx(metrics.average_precision_score(truth, given), abs=1e-12)
        assert scores.auroc == pytest.approx(metrics.roc_auc_score(truth, given), abs=1e-12)
        assert scores.accuracy == pytest.approx(metrics.accuracy_score(truth, said), abs=1e-12)
        assert (scores.support, scores.predicted) == (truth.sum(), said.sum())


@pytest.mark.parametrize("seed", range(5))
def test_global_scores_equal_scikit_learn(seed: int) -> None:
    labels, probabilities = made(seed)
    thresholds = {"af1": 0.4, "Qal": 0.5, "Qaf": 0.6}
    said = probabilities >= np.array([0.4, 0.5, 0.6])
    ours = global_scores(score_classes(SYMBOLS, labels, probabilities, thresholds=thresholds), labels, probabilities)
    for average in ("macro", "weighted"):
        assert ours[f"{average}_precision"] == pytest.approx(
            metrics.precision_score(labels, said, average=average), abs=1e-12
        )
        assert ours[f"{average}_recall"] == pytest.approx(
            metrics.recall_score(labels, said, average=average), abs=1e-12
        )
        assert ours[f"{average}_f1"] == pytest.approx(metrics.f1_score(labels, said, average=average), abs=1e-12)
        expected = metrics.average_precision_score(labels, probabilities, average=average)
        assert ours[f"{average}_map"] == pytest.approx(expected, abs=1e-12)
    assert ours["auroc"] == pytest.approx(metrics.roc_auc_score(labels, probabilities), abs=1e-12)
    assert ours["micro_accuracy"] == pytest.approx((labels == said).mean(), abs=1e-12)
    assert ours["hamming_loss"] == pytest.approx(metrics.hamming_loss(labels, said), abs=1e-12)
    assert ours["subset_accuracy"] == pytest.approx(metrics.accuracy_score(labels, said), abs=1e-12)


def test_a_class_without_support_has_accuracy_alone() -> None:
    scores = score_class("Qaf", np.zeros(4, bool), np.array([0.1, 0.2, 0.9, 0.3]), threshold=0.5)
    assert (scores.precision, scores.recall, scores.f1, scores.ap, scores.auroc) == (None,) * 5
    assert (scores.support, scores.predicted, scores.accuracy) == (0, 1, 0.75)


def test_a_class_never_predicted_scores_zero_not_nothing() -> None:
    scores = score_class("Qat", np.array([True, False]), np.array([0.2, 0.1]), threshold=0.5)
    assert (scores.precision, scores.recall, scores.f1) == (0.0, 0.0, 0.0)
    assert (scores.ap, scores.auroc) == (1.0, 1.0)


def test_a_class_in_every_tile_has_no_ap_and_no_auroc() -> None:
    scores = score_class("Qr", np.ones(3, bool), np.array([0.6, 0.7, 0.1]), threshold=0.5)
    assert (scores.ap, scores.auroc) == (None, None)
    assert scores.recall == pytest.approx(2 / 3)


def test_published_mode_counts_undefined_as_zero_and_keeps_it_in_the_macro() -> None:
    labels = np.array([[True, False], [False, False]])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.3]])
    thresholds = {"af1": 0.5, "Qaf": 0.5}
    ours = score_classes(("af1", "Qaf"), labels, probabilities, thresholds=thresholds)
    theirs = score_classes(("af1", "Qaf"), labels, probabilities, thresholds=thresholds, published=True)
    assert (theirs[1].f1, theirs[1].ap, theirs[1].auroc) == (0.0, 0.0, None)
    assert global_scores(ours, labels, probabilities)["macro_f1"] == 1.0
    assert global_scores(theirs, labels, probabilities, published=True)["macro_f1"] == 0.5


def test_ap_and_auroc_of_four_tiles_by_hand() -> None:
    labels, probabilities = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1])
    assert average_precision(labels, probabilities) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert area_under_roc(labels, probabilities) == pytest.approx(0.875)  # three pairs won, one tied


def test_no_tile_and_a_probability_that_is_no_number_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no tile"):
        score_classes(("af1",), np.zeros((0, 1), bool), np.zeros((0, 1)), thresholds={"af1": 0.5})
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        score_classes(("af1",), np.ones((1, 1), bool), np.full((1, 1), np.nan), thresholds={"af1": 0.5})
