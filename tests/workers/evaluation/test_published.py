import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.workers.evaluation.small_runs import GLOBAL_HEADER, METADATA, labels, write_run
from workers.errors import BrokenFile, InvalidInput, UnsafeInput
from workers.evaluation.published import read_runs
from workers.evaluation.published.inputs import channels_of
from workers.records.map_units import SYMBOLS
from workers.records.progress import ignore_progress
from workers.records.published import PublishedRun, RunsResult
from workers.tiles.importing import read_dataset

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def read(folder: Path, facts: dict[str, Any] | None = None) -> RunsResult:
    return read_runs({"folder": str(folder), "facts": facts or {}}, folder, ignore_progress)


def published(version: str) -> dict[str, PublishedRun]:
    folder = DATA / f"earthscape-{version}"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    return {run.name: run for run in read(folder).runs}


def test_a_run_folder_gives_the_run_and_both_domains(tmp_path: Path) -> None:
    [run] = read(write_run(tmp_path / "runs" / "tiny_01").parents[1]).runs
    assert (run.name, run.version, run.network) == ("tiny_01", "earthscape-v1.0", "ResNextEncoder")
    assert run.channels == ("dem", "s_50")
    assert [(e.subset, e.domain, e.tile_count) for e in run.evaluations] == [
        ("test_id", "in", 1536),
        ("test_cd", "cross", 1536),
    ]
    assert run.evaluations[0].scores == {"micro_accuracy": 0.5, "macro_f1": 0.5, "macro_map": 0.6}


def test_thresholds_come_out_of_the_class_names(tmp_path: Path) -> None:
    [run] = read(write_run(tmp_path)).runs
    assert run.thresholds == dict.fromkeys(("af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr"), 0.36)
    assert run.evaluations[0].classes[0].threshold == 0.36


def test_an_epoch_announced_twice_is_one_epoch(tmp_path: Path) -> None:
    result = read(write_run(tmp_path / "tiny_01"))
    assert result.runs[0].curves[0] == {
        "epoch": 1,
        "train_loss": 1.02625,
        "val_loss": 1.16352,
        "train_accuracy": 0.8145,
        "val_accuracy": 0.8354,
        "seconds": 120.0,
    }
    assert [point["epoch"] for point in result.runs[0].curves] == [1, 2]
    assert result.notes == ("tiny_01/training_output.txt, row 4: epoch 1 begins again",)


def test_losses_that_are_not_the_logs_leave_the_logs(tmp_path: Path) -> None:
    metadata = METADATA | {"TRAINING": {"training loss": [9.0, 9.0]}}
    result = read(write_run(tmp_path / "tiny_01", {"metadata.json": json.dumps(metadata)}))
    assert result.runs[0].curves[0]["train_loss"] == 1.0263
    assert "the training loss in metadata.json is not that of the log" in result.notes[1]


@pytest.mark.parametrize(
    ("row", "flag"),
    [
        ("768,768,0.5,0.5,0.5,0.75,0.6,0.7", "F1 is 0.75, precision and recall give 0.5"),
        ("2000,768,0.5,0.5,0.5,0.5,0.6,0.7", "support 2000 does not fit 1536 tiles"),
        ("768,768,0.25,0.5,0.5,0.5,0.6,0.7", "accuracy x tiles is 384.0, the counts give 768"),
    ],
)
def test_a_score_that_contradicts_itself_is_kept_and_flagged(tmp_path: Path, row: str, flag: str) -> None:
    [run] = read(write_run(tmp_path, {"label_metrics_tuned.csv": labels({"Qc": row})})).runs
    scores = run.evaluations[0].classes[4]
    assert scores.support == int(row.split(",")[0])
    assert scores.f1 == float(row.split(",")[5])
    assert flag in scores.flags
    assert run.evaluations[0].classes[3].flags == ()


def test_a_macro_score_beside_its_classes_is_checked(tmp_path: Path) -> None:
    text = f"{GLOBAL_HEADER}\n0.5,0.625,0.6\n"
    [run] = read(write_run(tmp_path, {"global_metrics_tuned.csv": text})).runs
    assert run.evaluations[0].flags == ("macro F1 is 0.625, the mean of the class F1 is 0.5",)


def test_counts_are_checked_against_the_own_dataset_version(tmp_path: Path) -> None:
    support = {"af1": 767, "Qal": 768, "Qaf": 768, "Qat": 768, "Qc": 768, "Qca": 768, "Qr": 768}
    facts = {"earthscape-v1.0": {"test_id": {"tiles": 1000, "support": support}}, "earthscape-v1.1": {}}
    [run] = read(write_run(tmp_path), facts).runs
    assert run.evaluations[0].flags == ("scored on 1536 tiles, the subset has 1000",)
    assert run.evaluations[0].classes[0].flags == ("support is 768, 767 tiles of the subset hold af1",)
    assert run.evaluations[1].flags == ()


BROKEN = {
    "class": (
        "label_metrics_tuned.csv",
        labels().replace("Qca (", "Qxx ("),
        "row 7, column Class: 'Qxx (0.36)' is not",
    ),
    "number": (
        "label_metrics_tuned.csv",
        labels({"Qal": "768,768,?,0.5,0.5,0.5,0.6,0.7"}),
        "row 3, column Accuracy: '?'",
    ),
    "count": (
        "label_metrics_tuned.csv",
        labels({"Qal": "7.5,768,0.5,0.5,0.5,0.5,0.6,0.7"}),
        "row 3, column Targets: '7.5'",
    ),
    "missing class": (
        "label_metrics_tuned.csv",
        "\n".join(labels().splitlines()[:-1]),
        "column Class: Qr stands 0 times",
    ),
    "metadata": ("metadata.json", "{", "metadata.json: not JSON"),
    "log": ("training_output.txt", "Epoch 1/2\nTRAINING -- Loss: x", "training_output.txt, row 2: not a line of loss"),
}


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"NAME": "x" * 161}, "is no name for a run"),
        ({"NAME": "two\nlines"}, "is no name for a run"),
        ({"NAME": "tiny", "note": "a\0b"}, "null character"),
        ({"NAME": "tiny", "note": "\ud800"}, "half of a character"),
        ({"NAME": "tiny", "MODEL": {"encoder": "x" * 81}}, "network's is too long"),
    ],
)
def test_what_the_database_cannot_hold_is_refused(tmp_path: Path, metadata: dict[str, Any], message: str) -> None:
    with pytest.raises(BrokenFile, match=message):
        read(write_run(tmp_path, {"metadata.json": json.dumps(metadata)}))


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_with_row_and_column(tmp_path: Path, case: str) -> None:
    name, text, message = BROKEN[case]
    with pytest.raises(BrokenFile) as error:
        read(write_run(tmp_path, {name: text}))
    assert message in str(error.value)
    assert name in str(error.value)


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no published run"):
        read(tmp_path)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "tiny_01")
    (folder / "training_output.txt").unlink()
    (folder / "training_output.txt").symlink_to("/etc/passwd")
    with pytest.raises(UnsafeInput, match=r"training_output.txt leads out of"):
        read(tmp_path)


def test_aliases_in_a_configuration_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.yml").write_text("a: &a [x]\nb: [*a, *a]\n")
    with pytest.raises(BrokenFile, match="aliases are not read"):
        read(tmp_path)


def test_inputs_of_the_tables_become_channels() -> None:
    assert channels_of("dem+rgb") == ("dem", "aerialr", "aerialg", "aerialb")
    assert channels_of("s-ms") == ("s", "s_10", "s_20", "s_50", "s_100", "s_200")
    assert channels_of("sds-ms")[0] == "sds_5x5"


def test_published_scores_are_read_exactly() -> None:
    run = published("v1.0")["rnx50_02"]
    scores = {row.symbol: row for row in run.evaluations[1].classes}
    assert scores["Qc"].f1 == 0.6792738275340393
    assert (scores["Qaf"].predicted, scores["Qaf"].precision, scores["Qaf"].f1) == (0, 0.0, 0.0)
    assert len(run.curves) == 50


def test_published_scores_do_not_contradict_themselves() -> None:
    runs = [*published("v1.0").values(), *published("v1.1").values()]
    assert [e.flags for run in runs for e in run.evaluations if e.flags] == []
    assert [row.flags for run in runs for e in run.evaluations for row in e.classes if row.flags] == []


def test_published_supports_are_those_of_the_published_tiles(tmp_path: Path) -> None:
    source = DATA / "earthscape-v1.0"
    if not source.is_dir():
        pytest.skip(f"{source} is not here")
    read_dataset({"folder": str(source)}, tmp_path, ignore_progress)
    with (tmp_path / "tiles.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["subset"].startswith("test")]
    facts: dict[str, Any] = {
        subset: {
            "tiles": sum(row["subset"] == subset for row in rows),
            "support": {c: sum(row["subset"] == subset and row[f"label_{c}"] == "1" for row in rows) for c in SYMBOLS},
        }
        for subset in ("test_id", "test_cd")
    }
    assert (facts["test_id"]["tiles"], facts["test_id"]["support"]["Qal"]) == (1536, 949)
    runs = read(source, {"earthscape-v1.0": facts}).runs
    assert [row.flags for run in runs for e in run.evaluations for row in e.classes if row.flags] == []
    assert [e.flags for run in runs for e in run.evaluations if e.flags] == []


def test_compiled_tables_give_one_run_per_model_and_input() -> None:
    runs = published("v1.1")
    assert len(runs) == 24 + 20 + 24 + 1
    run = runs["resnet18 ep-ms+s-ms+sds-ms v1.1"]
    assert (run.seed, len(run.channels), run.thresholds["Qca"]) == (111, 18, 0.7301042)
    assert run.evaluations[1].scores["macro_f1"] == 0.6238770283429256
    assert runs["resnet18 dem v1.1"].evaluations == ()
    assert runs["unet resnet18 dem+rgb v1.1"].task == "segmentation"
