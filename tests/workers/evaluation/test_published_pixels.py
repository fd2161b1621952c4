"""The segmentation tables of v1.1 by class."""

from pathlib import Path
from typing import Any

import pytest

from tests.workers.evaluation.small_pixels import NAME, write_pixel_table
from workers.errors import BrokenFile
from workers.evaluation.published import read_runs
from workers.records.map_units import SYMBOLS
from workers.records.progress import ignore_progress
from workers.records.published import PublishedClass, RunsResult

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "earthscape-v1.1" / "segmentation"


def read(folder: Path, facts: dict[str, Any] | None = None) -> RunsResult:
    return read_runs({"folder": str(folder), "facts": facts or {}}, folder, ignore_progress)


def published() -> RunsResult:
    if not (PUBLISHED / "multimodal_class_first_two_runs.csv").is_file():
        pytest.skip(f"multimodal_class_first_two_runs.csv is not in {PUBLISHED}")
    return read(PUBLISHED)


def published_rows(name: str, place: int) -> dict[str, PublishedClass]:
    run = {run.name: run for run in published().runs}[name]
    return {row.symbol: row for row in run.evaluations[place].classes}


def test_a_row_gives_the_scores_of_both_domains(tmp_path: Path) -> None:
    table = write_pixel_table(tmp_path, {"Qal": {"pred_num_images (cd)": "7.0"}})
    [run] = read(table).runs
    assert (run.name, run.task, run.thresholds) == (NAME, "segmentation", {})
    qal, away = run.evaluations[0].classes[1], run.evaluations[1].classes[1]
    assert (qal.support, qal.predicted, away.predicted) == (20, 30, 7)
    assert (qal.iou, qal.f1, qal.precision, qal.recall) == (0.6, 0.75, 0.75, 0.75)
    assert (qal.threshold, qal.ap, qal.auroc, qal.accuracy) == (None, None, None, None)
    assert qal.details == {
        "tp": 600.0, "fp": 200.0, "fn": 200.0, "tn": 100662296.0, "gt_support": 800.0, "pred_support": 800.0,
        "macro_iou": 0.5, "macro_dice": 0.625, "macro_precision": 0.625, "macro_recall": 0.75,
        "micro_iou": 0.6, "micro_dice": 0.75, "micro_precision": 0.75, "micro_recall": 0.75,
        "mean_hd": 12.5, "mean_hd95": 10.25,
    }  # fmt: skip


def test_a_distance_may_be_empty(tmp_path: Path) -> None:
    [run] = read(write_pixel_table(tmp_path, {"Qaf": {"mean_hd (cd)": "", "mean_hd95 (cd)": ""}})).runs
    assert run.evaluations[1].classes[2].details["mean_hd95"] is None
    assert run.evaluations[0].classes[2].details["mean_hd95"] == 10.25


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("tp (id)", "x", "'x' is not a finite number"),
        ("fn (cd)", "1.5", "'1.5' is not a count"),
        ("tn (cd)", "", "'' is not a finite number"),
        ("gt_num_images (id)", "-1", "'-1' is not a count"),
        ("macro_iou (cd)", "", "'' is not a finite number"),
        ("mean_hd95 (id)", "nan", "'nan' is not a finite number"),
    ],
)
def test_a_broken_cell_is_named_with_row_and_column(tmp_path: Path, column: str, cell: str, reason: str) -> None:
    with pytest.raises(BrokenFile) as error:
        read(write_pixel_table(tmp_path, {"Qal": {column: cell}}))
    assert str(error.value).endswith(f"pixels_class.csv, row 3, column {column}: {reason}")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    table = write_pixel_table(tmp_path) / "pixels_class.csv"
    table.write_text(table.read_text().replace("fp (cd)", "other (cd)"))
    with pytest.raises(BrokenFile, match=r"row 1, column fp \(cd\): this column is missing"):
        read(tmp_path)


@pytest.mark.parametrize(("symbol", "message"), [("Qxx", "row 3, column class: 'Qxx' is no class"), ("Qr", "twice")])
def test_a_run_has_each_class_once(tmp_path: Path, symbol: str, message: str) -> None:
    with pytest.raises(BrokenFile, match=message):
        read(write_pixel_table(tmp_path, {"Qal": {"class": symbol}}))


def test_a_row_that_contradicts_itself_is_kept_and_flagged(tmp_path: Path) -> None:
    [run] = read(write_pixel_table(tmp_path, {"Qc": {"micro_dice (cd)": "0.8"}})).runs
    assert [row.flags for row in run.evaluations[0].classes] == [()] * 7
    row = run.evaluations[1].classes[4]
    assert (row.f1, row.flags) == (0.8, ("micro_dice is 0.8, the counts give 0.75",))


def test_tiles_with_the_class_are_checked_against_the_own_dataset_version(tmp_path: Path) -> None:
    """A label counts any area, a mask whole pixels: fewer tiles than labels agree with them, more do not."""
    support = dict.fromkeys(SYMBOLS, 20) | {"Qal": 19, "Qc": 23}
    facts = {"earthscape-v1.1": {"test_id": {"tiles": 1536, "support": support}}}
    [run] = read(write_pixel_table(tmp_path), facts).runs
    flags = {row.symbol: row.flags for row in run.evaluations[0].classes if row.flags}
    assert flags == {"Qal": ("support is 20, 19 tiles of the subset hold Qal",)}


def test_published_rows_are_read_exactly() -> None:
    home = published_rows("deeplabv3p resnet50 dem+rgb v1.1", 0)
    assert (home["Qal"].iou, home["Qal"].f1) == (0.6217596423485282, 0.7667716301635621)
    assert (home["Qal"].support, home["Qal"].predicted, home["Qal"].details["tp"]) == (947, 945, 6189999.0)
    assert home["Qal"].details["mean_hd95"] == 88.36516315671446
    assert (home["Qaf"].support, home["Qaf"].predicted, home["Qaf"].iou) == (10, 0, 0.0)
    assert (home["Qaf"].details["mean_hd"], home["Qaf"].details["mean_hd95"]) == (None, None)
    away = published_rows("deeplabv3p resnet50 dem+rgb v1.1", 1)
    assert (away["Qal"].iou, away["Qal"].support, away["Qal"].details["fn"]) == (0.024280932218037, 842, 9678579.0)


def test_the_published_table_has_two_of_the_runs_and_no_contradiction() -> None:
    result = published()
    assert (len(result.runs), result.notes) == (24, ())
    assert [run.name for run in result.runs if run.evaluations[0].classes] == [
        "deeplabv3p resnet50 dem+rgb v1.1",
        "deeplabv3p resnet50 ep-ms+prc-ms+s-ms v1.1",
    ]
    evaluations = [evaluation for run in result.runs for evaluation in run.evaluations]
    assert [row for evaluation in evaluations for row in evaluation.classes if row.flags] == []
    assert result.runs[0].evaluations[0].scores["macro_iou"] == 0.4692247037079299
