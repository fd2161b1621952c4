import csv
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workers.evaluation.identities import contradictions, macro_contradictions
from workers.records.learning import ClassScores

QC = ClassScores(  # rnx50_02 on Hardin, as published
    "Qc", 0.48, 456, 866, 0.5184757505773672, 0.9846491228070176, 0.6792738275340393, 0.9003, 0.9568, 0.7239583333333334
)


def test_a_published_row_agrees_with_itself() -> None:
    assert contradictions(QC, tile_count=1536) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"f1": 0.7}, "F1 is 0.7, precision and recall give 0.679"),
        ({"predicted": 867}, "precision x predicted"),
        ({"support": 457}, "recall x support"),
        ({"accuracy": 0.724}, "accuracy x tiles is 1112.06"),
        ({"accuracy": 1113 / 1536}, "accuracy x tiles is 1113.0, the counts give 1112"),
        ({"predicted": 1600}, "predicted 1600 does not fit 1536 tiles"),
        ({"recall": 1.2}, "recall 1.2 is not between 0 and 1"),
    ],
)
def test_a_row_that_contradicts_itself_is_told_how(change: dict[str, Any], told: str) -> None:
    assert told in "; ".join(contradictions(dataclasses.replace(QC, **change), tile_count=1536))


def test_a_class_never_predicted_agrees_with_itself() -> None:
    never = ClassScores("Qaf", 0.34, 6, 0, 0.0, 0.0, 0.0, 0.013, 0.689, 0.99609375)
    assert contradictions(never, tile_count=1536) == ()


def test_what_is_undefined_is_not_checked() -> None:
    absent = ClassScores("Qaf", 0.5, 0, 2, None, None, None, None, None, 0.75)
    assert contradictions(absent, tile_count=8) == ()


def test_macro_f1_counts_undefined_classes_as_zero() -> None:
    absent = ClassScores("Qaf", 0.5, 0, 0, None, None, None, None, None, 1.0)
    assert macro_contradictions((QC, absent), macro_f1=0.6792738275340393 / 2) == ()
    (told,) = macro_contradictions((QC, absent), macro_f1=0.5)
    assert told.startswith("macro F1 is 0.5, the mean of the class F1 is 0.33963691376")


def published_rows(domain: str) -> Iterator[ClassScores]:
    path = Path(__file__).parents[4] / "shared/data/earthscape-v1.1/classification/multimodal_class.csv"
    if not path.exists():
        pytest.skip(f"no {path}")
    names = ["ground truth", "predicted", "precision", "recall", "f1", "ap", "auroc", "accuracy"]
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            support, predicted, *scores = (float(row[f"{name} ({domain})"] or "nan") for name in names)
            yield ClassScores(row["class"], float(row["decision threshold"]), int(support), int(predicted), *scores)


@pytest.mark.parametrize("domain", ["id", "cd"])
def test_every_published_row_agrees_with_itself(domain: str) -> None:
    rows = list(published_rows(domain))
    assert len(rows) == 24 * 7
    assert [row for row in rows if contradictions(row, tile_count=1536)] == []
