import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from apps.accounts.models import Visibility
from apps.experiments.importing import prepare_runs, record_runs
from apps.experiments.models import ClassScore, Evaluation, Run
from apps.jobs.models import Job, JobState
from apps.jobs.running import run_inline
from apps.regions.models import Region
from apps.splits.importing import record_dataset
from apps.splits.models import Split
from tests.conftest import Person
from tests.workers.evaluation.small_pixels import NAME, write_pixel_table
from tests.workers.evaluation.small_runs import GLOBAL_HEADER, labels, write_run
from tests.workers.tiles.small_dataset import first_version
from workers.errors import Conflict
from workers.evaluation.published import read_runs
from workers.records.codec import dumps
from workers.records.progress import ignore_progress
from workers.tiles.importing import read_dataset

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.django_db


def import_runs(source: Path) -> dict[str, Any]:
    """Prepare, read and record as a worker does, without its process."""
    job = Job(params={"folder": str(source)})
    result = read_runs(prepare_runs(job, source), source, ignore_progress)
    return record_runs(job, source, json.loads(dumps(result)))


def import_small_dataset(folder: Path) -> None:
    out = folder / "out"
    out.mkdir()
    result = read_dataset({"folder": str(first_version(folder / "in"))}, out, ignore_progress)
    record_dataset(Job(), out, json.loads(dumps(result)))


def test_a_run_is_stored_as_its_files_say(tmp_path: Path) -> None:
    assert import_runs(write_run(tmp_path))["created"] == ["tiny_01"]
    run = Run.objects.get()
    assert (run.name, run.origin, run.visibility, run.owner) == ("tiny_01", "published", "public", None)
    assert run.channels == ["dem", "s_50"]
    assert run.thresholds["Qr"] == 0.36
    assert [point["epoch"] for point in run.curves] == [1, 2]
    assert list(run.evaluations.values_list("subset", "domain", "tile_count")) == [
        ("test_id", "in", 1536),
        ("test_cd", "cross", 1536),
    ]


def test_what_an_administrator_closed_stays_closed(tmp_path: Path) -> None:
    import_small_dataset(tmp_path)
    source = write_run(tmp_path)
    import_runs(source)
    for rows in (Run.objects, Split.objects, Region.objects):
        rows.update(visibility=Visibility.INTERNAL)
    assert import_runs(source)["unchanged"] == 1
    out = tmp_path / "out"
    record_dataset(Job(), out, json.loads(dumps(read_dataset({"folder": str(tmp_path / "in")}, out, ignore_progress))))
    for rows in (Run.objects, Split.objects, Region.objects):
        assert set(rows.values_list("visibility", flat=True)) == {"internal"}


def test_class_scores_are_stored_unrounded(tmp_path: Path) -> None:
    row = "768,768,0.5,0.5,0.5,0.5,0.6792738275340393,0.1000000000000000055"
    import_runs(write_run(tmp_path, {"label_metrics_tuned_hardin.csv": labels({"Qc": row})}))
    score = ClassScore.objects.get(evaluation__domain="cross", map_unit__symbol="Qc")
    assert (score.ap, score.auroc, score.support, score.predicted) == (0.6792738275340393, 0.1, 768, 768)


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    import_runs(write_run(tmp_path))
    before = list(ClassScore.objects.order_by("pk").values())
    again = import_runs(tmp_path)
    assert (again["created"], again["updated"], again["unchanged"]) == ([], [], 1)
    assert list(ClassScore.objects.order_by("pk").values()) == before


def test_a_changed_file_is_an_update(tmp_path: Path) -> None:
    import_runs(write_run(tmp_path))
    changed = {"global_metrics_tuned.csv": f"{GLOBAL_HEADER}\n0.5,0.5,0.75\n"}
    assert import_runs(write_run(tmp_path, changed))["updated"] == ["tiny_01"]
    assert Evaluation.objects.get(subset="test_id").scores["macro_map"] == 0.75
    assert Evaluation.objects.count() == 2


def test_a_contradiction_is_stored_and_flagged(tmp_path: Path) -> None:
    row = "768,768,0.5,0.5,0.5,0.75,0.6,0.7"
    result = import_runs(write_run(tmp_path, {"label_metrics_tuned.csv": labels({"Qc": row})}))
    score = ClassScore.objects.get(evaluation__domain="in", map_unit__symbol="Qc")
    assert result["flagged"] == ["tiny_01"]
    assert score.f1 == 0.75
    assert score.flags == ["F1 is 0.75, precision and recall give 0.5"]


def test_a_name_of_another_run_is_refused(tmp_path: Path) -> None:
    Run.objects.create(name="tiny_01", origin=Run.Origin.TRAINED)
    with pytest.raises(Conflict, match="tiny_01"):
        import_runs(write_run(tmp_path))
    assert not Evaluation.objects.exists()


def test_a_run_is_linked_to_its_version_once_that_is_there(tmp_path: Path) -> None:
    source = write_run(tmp_path / "tiny_01")
    import_runs(source)
    assert Run.objects.filter(dataset_version=None, split=None).count() == 1
    import_small_dataset(tmp_path)
    assert import_runs(source)["updated"] == ["tiny_01"]
    run = Run.objects.get()
    assert run.dataset_version is not None
    assert run.dataset_version.slug == "earthscape-v1.0"
    assert run.evaluations.filter(split=run.split, label_revision=run.label_revision).count() == 2


def test_counts_are_checked_against_the_stored_subset(tmp_path: Path) -> None:
    import_small_dataset(tmp_path)
    result = import_runs(write_run(tmp_path / "tiny_01"))
    assert result["flagged"] == ["tiny_01"]
    assert Evaluation.objects.get(subset="test_cd").flags == ["scored on 1536 tiles, the subset has 3"]
    score = ClassScore.objects.get(evaluation__subset="test_cd", map_unit__symbol="Qal")
    assert score.flags == ["support is 768, 3 tiles of the subset hold Qal"]


def test_published_scores_come_back_unrounded() -> None:
    source = DATA / "earthscape-v1.0"
    if not source.is_dir():
        pytest.skip(f"{source} is not here")
    assert import_runs(source)["created"] == ["rnx50_01", "rnx50_02", "rnx50_03", "rnx50_04"]
    score = ClassScore.objects.get(evaluation__run__name="rnx50_02", evaluation__domain="cross", map_unit__symbol="Qc")
    assert score.f1 == 0.6792738275340393


def test_the_tables_of_v1_1_are_stored_beside() -> None:
    source = DATA / "earthscape-v1.1"
    if not source.is_dir():
        pytest.skip(f"{source} is not here")
    result = import_runs(source)
    assert (len(result["created"]), result["flagged"]) == (69, [])
    assert (
        ClassScore.objects.get(
            evaluation__run__name="resnet18 dem+rgb v1.1", evaluation__domain="in", map_unit__symbol="Qal"
        ).support
        == 950
    )
    assert Run.objects.filter(task="segmentation").count() == 24


def test_published_scores_over_pixels_are_stored_as_said() -> None:
    source = DATA / "earthscape-v1.1" / "segmentation"
    if not (source / "multimodal_class_first_two_runs.csv").is_file():
        pytest.skip(f"multimodal_class_first_two_runs.csv is not in {source}")
    result = import_runs(source)
    assert (len(result["created"]), result["flagged"], result["notes"]) == (24, [], [])
    scores = ClassScore.objects.filter(evaluation__run__name="deeplabv3p resnet50 dem+rgb v1.1")
    qal = scores.get(evaluation__domain="in", map_unit__symbol="Qal")
    assert (qal.iou, qal.f1, qal.support, qal.predicted) == (0.6217596423485282, 0.7667716301635621, 947, 945)
    assert (qal.details["tp"], qal.details["macro_iou"]) == (6189999, 0.3172844619595448)
    assert (qal.threshold, qal.ap, qal.auroc, qal.accuracy) == (None, None, None, None)
    assert scores.get(evaluation__domain="cross", map_unit__symbol="Qal").iou == 0.024280932218037
    assert scores.get(evaluation__domain="in", map_unit__symbol="Qaf").details["mean_hd"] is None
    assert ClassScore.objects.count() == 2 * 2 * 7
    assert qal.evaluation.scores["micro_dice"] == 0.869036853313446
    assert import_runs(source)["unchanged"] == 24


def test_the_same_scores_over_pixels_again_change_nothing(tmp_path: Path) -> None:
    import_runs(write_pixel_table(tmp_path, {"Qaf": {"mean_hd (id)": ""}}))
    before = list(ClassScore.objects.order_by("pk").values())
    again = import_runs(tmp_path)
    assert (again["created"], again["updated"], again["unchanged"]) == ([], [], 1)
    assert list(ClassScore.objects.order_by("pk").values()) == before


def test_a_changed_count_of_pixels_is_an_update_and_flagged(tmp_path: Path) -> None:
    import_runs(write_pixel_table(tmp_path))
    result = import_runs(write_pixel_table(tmp_path, {"Qal": {"tn (cd)": "100662297.0"}}))
    assert (result["updated"], result["flagged"]) == ([NAME], [NAME])
    score = ClassScore.objects.exclude(flags=[]).get()
    assert (score.evaluation.domain, score.details["tn"], score.f1) == ("cross", 100662297, 0.75)
    assert score.flags == ["tp + fp + fn + tn is 100663297, 1536 tiles have 100663296 pixels"]


@pytest.mark.django_db(transaction=True)
def test_a_broken_file_changes_nothing(tmp_path: Path, store: Path, settings: Settings, researcher: Person) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path]
    write_run(tmp_path / "runs" / "a")
    write_run(tmp_path / "runs" / "b", {"label_metrics_tuned.csv": labels({"Qal": "768,x,0.5,0.5,0.5,0.5,0.6,0.7"})})
    job = run_inline(kind="import-runs", params={"folder": str(tmp_path)}, owner=researcher.user)
    assert job.state == JobState.FAILED
    assert job.error.endswith("b/label_metrics_tuned.csv, row 3, column Predictions: 'x' is not a finite number")
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_broken_cell_of_pixels_changes_nothing(
    tmp_path: Path, store: Path, settings: Settings, researcher: Person
) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path]
    write_run(tmp_path / "runs" / "a")
    write_pixel_table(tmp_path / "segmentation", {"Qal": {"tp (cd)": "many"}})
    job = run_inline(kind="import-runs", params={"folder": str(tmp_path)}, owner=researcher.user)
    assert job.state == JobState.FAILED
    assert job.error.endswith("segmentation/pixels_class.csv, row 3, column tp (cd): 'many' is not a finite number")
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_what_it_did(
    tmp_path: Path, store: Path, administrator: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_runs", write_run(tmp_path / "in"))
    assert "runs: 1 created, 0 updated, 0 unchanged" in capsys.readouterr().out
