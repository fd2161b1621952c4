import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workers.learning.conftest import Specify, labels_of
from workers.errors import Cancelled, InvalidInput
from workers.evaluation.thresholds import best_threshold
from workers.learning.fit import train_run
from workers.records.codec import from_data, to_data
from workers.records.learning import EarlyStopSpec, OptimizerSpec, TrainResult
from workers.records.progress import ignore_progress


def train(specify: Specify, folder: Path, **changes: Any) -> TrainResult:
    return train_run(specify(**changes), folder, ignore_progress)


def test_a_network_learns_eight_tiles_and_more_than_to_say_yes(tmp_path: Path, specify: Specify) -> None:
    result = train(specify, tmp_path, epochs=12, network="resnet18", augment=False)
    assert result.epochs[-1].train_loss < 0.1
    scores = {subset.subset: subset for subset in result.subsets}
    assert list(scores) == ["val", "test_id", "test_cd"]
    assert [each.support for each in scores["test_cd"].classes] == [4, 4]
    assert scores["test_id"].global_scores["macro_f1"] == pytest.approx(1.0, abs=0.3)  # to say yes gives 0.667


def test_the_same_specification_gives_the_same_scores_and_another_seed_others(tmp_path: Path, specify: Specify) -> None:
    first, again = (train(specify, tmp_path) for _ in range(2))
    other = train(specify, tmp_path, seed=112)
    assert first.subsets == again.subsets
    assert first.checkpoint.sha256 == again.checkpoint.sha256
    assert [epoch.val_loss for epoch in first.epochs] == [epoch.val_loss for epoch in again.epochs]
    assert first.subsets[0].predictions.sha256 != other.subsets[0].predictions.sha256


def test_thresholds_come_from_the_validation_tiles_in_the_predictions_file(tmp_path: Path, specify: Specify) -> None:
    result = train(specify, tmp_path)
    with (tmp_path / "predictions_val.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["tile"]) for row in rows] == list(range(9, 17))
    for column, symbol in enumerate(("af1", "Qal")):
        probabilities = np.array([float(row[symbol]) for row in rows])
        labels = labels_of(32)[8:16, column].astype(bool)
        assert result.thresholds[symbol] == best_threshold(labels, probabilities)


def test_training_ends_early_and_keeps_the_best_epoch(tmp_path: Path, specify: Specify) -> None:
    result = train(
        specify,
        tmp_path,
        epochs=40,
        early_stop=EarlyStopSpec(patience=1, after=0),
        optimizer=OptimizerSpec(learning_rate=1e-3, warmup_epochs=0.0),
    )
    losses = [epoch.val_loss for epoch in result.epochs]
    assert len(losses) < 40
    assert result.best_epoch == len(losses) - 1 == int(np.argmin(losses)) + 1
    assert entropy_of_validation(tmp_path) == pytest.approx(min(losses), rel=1e-4)


def entropy_of_validation(folder: Path) -> float:
    with (folder / "predictions_val.csv").open(newline="") as stream:
        given = np.array([[float(row["af1"]), float(row["Qal"])] for row in csv.DictReader(stream)])
    labels = labels_of(32)[8:16]
    return float(-np.mean(labels * np.log(given) + (1 - labels) * np.log(1 - given)))


def test_the_result_survives_its_journey_as_json(tmp_path: Path, specify: Specify) -> None:
    result = train(specify, tmp_path, epochs=1)
    assert from_data(TrainResult, to_data(result)) == result


def test_every_epoch_reports_its_measures(tmp_path: Path, specify: Specify) -> None:
    measured = []
    fractions = []

    def note(stage: str, fraction: float, message: str = "", *, measures: Any = None) -> None:
        fractions.append(fraction)
        if measures:
            measured.append(sorted(measures))

    train_run(specify(), tmp_path, note)
    assert measured == [["epoch", "samples_per_second", "train_loss", "val_loss"]] * 2
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_request_to_stop_in_the_middle_of_an_epoch_leaves_no_result(tmp_path: Path, specify: Specify) -> None:
    def stop(stage: str, fraction: float, message: str = "", *, measures: Any = None) -> None:
        if stage == "train" and fraction > 0.15:
            raise Cancelled("stopped")

    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(Cancelled):
        train_run(specify(batch_size=2), tmp_path, stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"channels": ("dem", "nhd")}, "region east has no channel nhd; it has dem, s"),
        ({"epochs": 0}, "epochs: 0 is below 1"),
        ({"input_size": 16}, "input_size: 16 is below 32"),
        ({"label_threshold": 1.0}, "label_threshold: 1.0 is not a proportion"),
        ({"optimizer": OptimizerSpec(learning_rate=1e30, warmup_epochs=0.0)}, "lower optimizer.learning_rate"),
    ],
)
def test_what_cannot_be_carried_out_is_told(tmp_path: Path, specify: Specify, changes: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        train(specify, tmp_path, **changes)


def test_a_split_without_validation_is_refused(tmp_path: Path, specify: Specify) -> None:
    table = tmp_path / "tiles.csv"
    table.write_text(table.read_text().replace(",val,", ",test_id,"))
    with pytest.raises(InvalidInput, match="no validation tile"):
        train(specify, tmp_path)


def test_a_label_threshold_takes_slivers_away(tmp_path: Path, specify: Specify) -> None:
    table = tmp_path / "tiles.csv"
    lines = table.read_text().splitlines()
    lines[-1] = lines[-1].rsplit(",", 2)[0] + ",0.0004,1"
    table.write_text("\n".join(lines) + "\n")
    supports = [
        train(specify, tmp_path, epochs=1, label_threshold=least).subsets[-1].classes[0].support
        for least in (0.0, 0.001)
    ]
    assert supports == [4, 3]
