from pathlib import Path
from typing import Any

import pytest

from tests.workers.learning.conftest import Specify
from workers.errors import InvalidInput, UnsafeInput
from workers.evaluation.evaluate import evaluate_run
from workers.learning.fit import train_run
from workers.records.learning import TrainResult
from workers.records.progress import ignore_progress


def trained(folder: Path, specify: Specify) -> tuple[dict[str, Any], TrainResult]:
    spec = specify()
    return spec, train_run(spec, folder, ignore_progress)


def asked(folder: Path, spec: dict[str, Any], result: TrainResult) -> dict[str, Any]:
    return {
        "run": spec["run"],
        "tiles": spec["tiles"],
        "checkpoint": str(folder / result.checkpoint.path),
        "checkpoint_sha256": result.checkpoint.sha256,
        "normalisation": {"mean": result.normalisation.mean, "std": result.normalisation.std},
        "thresholds": result.thresholds,
    }


def test_evaluation_of_the_same_tiles_repeats_the_scores_of_training(tmp_path: Path, specify: Specify) -> None:
    spec, result = trained(tmp_path, specify)
    evaluated = evaluate_run(asked(tmp_path, spec, result), tmp_path, ignore_progress)
    assert [each.subset for each in evaluated.subsets] == ["train", "val", "test_id", "test_cd"]
    assert evaluated.subsets[1:] == result.subsets


def test_a_checkpoint_that_is_not_the_stored_one_is_refused(tmp_path: Path, specify: Specify) -> None:
    spec, result = trained(tmp_path, specify)
    with pytest.raises(UnsafeInput, match="has changed since it was stored"):
        evaluate_run({**asked(tmp_path, spec, result), "checkpoint_sha256": "0" * 64}, tmp_path, ignore_progress)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda spec: spec["run"].update(network="resnet18"), "not that of the run small"),
        (lambda spec: spec["tiles"].update(classes=["Qal", "af1"]), "the run knows the classes af1, Qal"),
        (lambda spec: spec.update(thresholds={"af1": 0.5}), "the run has no threshold for Qal"),
    ],
)
def test_what_does_not_belong_together_is_refused(tmp_path: Path, specify: Specify, change: Any, told: str) -> None:
    spec = asked(tmp_path, *trained(tmp_path, specify))
    change(spec)
    with pytest.raises(InvalidInput, match=told):
        evaluate_run(spec, tmp_path, ignore_progress)
