import csv
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Visibility
from apps.experiments.models import ClassScore, Domain, Evaluation, Run, TilePrediction
from apps.experiments.specification import read_specification
from apps.experiments.training import prepare_training, rows_at_submission
from apps.jobs.models import Job, JobState
from apps.jobs.running import run_inline
from apps.jobs.services import submit
from apps.splits.models import Split, SplitMember
from apps.tiles.models import LabelRevision
from tests.apps.trainable import checked, make_trainable, specified, train
from tests.conftest import Person
from workers.errors import Conflict
from workers.files import sha256_of


@pytest.mark.django_db(transaction=True)
def test_a_job_trains_a_run_and_keeps_all_that_is_needed_to_repeat_it(store: Path, researcher: Person) -> None:
    world = make_trainable(store)
    params = {"specification": specified(), "visibility": "public"}
    job = run_inline(kind="train", params=params, owner=researcher.user)
    assert job.state == JobState.SUCCEEDED, job.error
    run = Run.objects.get()
    assert (run.split, run.split_checksum, run.label_revision, run.seed) == (world.split, "2" * 64, world.revision, 111)
    assert (run.made, run.owner, run.visibility) == (True, researcher.user, Visibility.PUBLIC)
    assert run.specification_text == specified()
    assert run.specification["label_revision"] == "east-1"
    assert len(run.code_version) == 64
    assert sha256_of(store / run.checkpoint_path) == run.checkpoint_sha256
    assert [point["epoch"] for point in run.curves] == [1]
    assert job.result is not None
    assert job.result["run_id"] == run.pk


def test_every_subset_but_train_has_scores_and_a_prediction_per_tile(
    store: Path, db: None, tmp_path: Path, researcher: Person
) -> None:
    make_trainable(store)
    train(researcher.user, tmp_path / "job")
    evaluations = {evaluation.subset: evaluation for evaluation in Evaluation.objects.all()}
    assert {subset: evaluation.domain for subset, evaluation in evaluations.items()} == {
        "val": Domain.IN,
        "test_id": Domain.IN,
        "test_cd": Domain.CROSS,
    }
    scores = {score.map_unit.symbol: score for score in evaluations["test_cd"].class_scores.select_related("map_unit")}
    assert (scores["Qal"].support, scores["Qr"].support, scores["Qaf"].support) == (4, 8, 0)
    assert (scores["Qaf"].f1, scores["Qr"].auroc) == (None, None)
    predictions = TilePrediction.objects.filter(evaluation=evaluations["test_cd"]).order_by("tile__number")
    assert [each.tile.patch_id for each in predictions] == [f"east_{number}" for number in range(24, 32)]
    assert evaluations["test_cd"].scores["macro_f1"] == mean_f1(scores)


def mean_f1(scores: dict[str, ClassScore]) -> Any:
    values = [score.f1 for score in scores.values() if score.f1 is not None]
    return pytest.approx(sum(values) / len(values), rel=1e-12)


def test_the_same_specification_under_another_name_gives_the_same_scores(
    store: Path, db: None, tmp_path: Path, researcher: Person
) -> None:
    make_trainable(store)
    train(researcher.user, tmp_path / "first")
    train(researcher.user, tmp_path / "again", specification=specified(name="again"))
    first, again = (
        list(ClassScore.objects.filter(evaluation__run=run).order_by("pk").values_list("f1", "ap", "threshold"))
        for run in Run.objects.order_by("pk")
    )
    assert first == again


def test_the_same_request_may_come_again_under_its_key(
    store: Path, db: None, tmp_path: Path, researcher: Person
) -> None:
    make_trainable(store)
    run = train(researcher.user, tmp_path / "job")
    Job.objects.filter(pk=run.job_id or 0).update(idempotency_key="k")
    params = {"specification": specified()}
    again, is_new = submit(kind="train", params=params, owner=researcher.user, idempotency_key="k")
    assert (again.pk, is_new) == (run.job_id, False)
    without_key, _ = submit(kind="train", params=params, owner=researcher.user)
    with pytest.raises(Conflict, match="There is a run east-dem already"):
        prepare_training(without_key, tmp_path)


def test_a_split_that_went_away_during_training_is_told(
    store: Path, db: None, tmp_path: Path, researcher: Person
) -> None:
    make_trainable(store)
    job = submitted(researcher)
    Split.objects.update(name="renamed")
    with pytest.raises(Conflict, match="were removed while the job ran"):
        rows_at_submission(job, read_specification(specified()))


def refusal(person: Person, **changes: Any) -> str:
    serializer = checked(person.user, specification=specified(**changes))
    assert not serializer.is_valid()
    return str(serializer.errors["specification"][0])


def test_what_is_not_there_is_told_before_the_job_starts(store: Path, db: None, researcher: Person) -> None:
    make_trainable(store)
    assert refusal(researcher, split="west") == "split: there is no split west that you may see"
    assert refusal(researcher, channels="[dem, nhd]") == "channels: region east has no channel nhd; it has dem, s"
    assert refusal(researcher, split="east\nlabel_revision: w").startswith(
        "label_revision: the split's dataset version"
    )
    Run.objects.create(name="east-dem", origin=Run.Origin.TRAINED)
    assert refusal(researcher) == "name: there is a run east-dem already"


def test_a_split_of_somebody_else_is_as_if_it_were_not_there(store: Path, db: None, researcher: Person) -> None:
    make_trainable(store, visibility=Visibility.PRIVATE)
    assert refusal(researcher) == "split: there is no split east that you may see"


def test_a_split_with_tiles_of_a_hidden_region_cannot_be_trained_on(store: Path, db: None, researcher: Person) -> None:
    world = make_trainable(store, visibility=Visibility.PRIVATE)
    world.split.shared_with.add(researcher.user)
    assert refusal(researcher) == "The split east holds tiles of a region that you may not see."


def test_a_split_without_validation_is_told(store: Path, db: None, researcher: Person) -> None:
    make_trainable(store)
    SplitMember.objects.filter(subset="val").delete()
    assert refusal(researcher) == "split: east has no tile with a place on a raster in val"


def test_a_run_is_not_shown_to_more_people_than_its_split(store: Path, db: None, researcher: Person) -> None:
    make_trainable(store, visibility=Visibility.PRIVATE, owner=researcher.user)
    serializer = checked(researcher.user, visibility="public")
    assert not serializer.is_valid()
    assert serializer.errors == {"visibility": ["The split is private: the run cannot be public."]}


def submitted(person: Person) -> Job:
    job, _ = submit(kind="train", params={"specification": specified()}, owner=person.user)
    return job


def test_the_table_holds_the_valid_tiles_in_order(store: Path, db: None, tmp_path: Path, researcher: Person) -> None:
    world = make_trainable(store)
    world.tiles[0].valid = False
    world.tiles[0].save()
    spec = prepare_training(submitted(researcher), tmp_path)
    with (tmp_path / "tiles.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["tile"]) for row in rows] == [tile.pk for tile in world.tiles[1:]]
    assert (rows[0]["subset"], rows[0]["col"], rows[0]["Qal"], rows[0]["Qr"]) == ("train", "32", "0.25", "0.75")
    assert spec["tiles"]["rasters"] == {"east": {name: str(store / f"regions/{name}.tif") for name in ("dem", "s")}}


@pytest.mark.parametrize("model", [Split, LabelRevision])
def test_what_has_changed_since_the_submission_stops_the_job(
    store: Path, db: None, tmp_path: Path, researcher: Person, model: type[Split] | type[LabelRevision]
) -> None:
    make_trainable(store)
    job = submitted(researcher)
    model.objects.update(checksum="3" * 64)
    with pytest.raises(Conflict, match="have changed since the job was submitted"):
        prepare_training(job, tmp_path)


def test_checking_takes_few_queries(
    store: Path, db: None, researcher: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_trainable(store)
    with django_assert_max_num_queries(12):
        assert checked(researcher.user).is_valid()
