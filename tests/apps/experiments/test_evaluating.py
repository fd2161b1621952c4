from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import Visibility
from apps.experiments.evaluating import EvaluateParameters, record_evaluation
from apps.experiments.models import ClassScore, Evaluation, Run, TilePrediction
from apps.jobs.models import JobState
from apps.jobs.running import run_inline
from apps.jobs.services import submit
from apps.splits.models import Split
from apps.tiles.models import TileLabels
from tests.apps.trainable import carry_out, make_trainable, train
from tests.conftest import Person
from workers.errors import Conflict, UnsafeInput


def scores_of(subset: str) -> list[Any]:
    scores = ClassScore.objects.filter(evaluation__subset=subset).order_by("map_unit__mask_value")
    return list(scores.values_list("support", "predicted", "f1", "ap", "auroc", "accuracy"))


@pytest.mark.django_db(transaction=True)
def test_evaluating_again_gives_the_same_scores_in_the_same_place(
    store: Path, tmp_path: Path, researcher: Person
) -> None:
    make_trainable(store)
    train(researcher.user, tmp_path / "job")
    before = scores_of("test_cd")
    predictions = TilePrediction.objects.count()
    job = run_inline(kind="evaluate", params={"run": "east-dem"}, owner=researcher.user)
    assert job.state == JobState.SUCCEEDED, job.error
    assert scores_of("test_cd") == before
    assert (Evaluation.objects.count(), TilePrediction.objects.count()) == (3, predictions)


def test_labels_that_were_corrected_change_the_support(
    store: Path, db: None, tmp_path: Path, researcher: Person
) -> None:
    world = make_trainable(store)
    train(researcher.user, tmp_path / "job")
    TileLabels.objects.filter(tile=world.tiles[24]).update(areas=[1.0, 0, 0, 0, 0, 0, 0], present=[0])
    params = {"run": "east-dem", "subsets": ["test_cd", "train"]}
    carry_out(submit(kind="evaluate", params=params, owner=researcher.user)[0], tmp_path / "again")
    assert [support for support, *_ in scores_of("test_cd")] == [1, 4, 0, 0, 0, 0, 7]
    assert [support for support, *_ in scores_of("train")] == [0, 4, 0, 0, 0, 0, 8]


def test_weights_that_were_tampered_with_are_refused(store: Path, db: None, tmp_path: Path, researcher: Person) -> None:
    make_trainable(store)
    run = train(researcher.user, tmp_path / "job")
    (store / run.checkpoint_path).unlink()
    (store / run.checkpoint_path).write_bytes(b"\x80\x04cos\nsystem\n")
    job, _ = submit(kind="evaluate", params={"run": "east-dem"}, owner=researcher.user)
    with pytest.raises(UnsafeInput, match="not a safetensors file; checkpoints in other formats are never opened"):
        carry_out(job, tmp_path / "again")


def refusal(person: Person, **params: Any) -> str:
    serializer = EvaluateParameters(data=params, context={"user": person.user})
    assert not serializer.is_valid()
    return str(next(iter(serializer.errors.values()))[0])


def test_only_ones_own_trained_run_can_be_evaluated(store: Path, db: None, researcher: Person, curator: Person) -> None:
    world = make_trainable(store)
    public: dict[str, Any] = {"split": world.split, "label_revision": world.revision, "visibility": Visibility.PUBLIC}
    Run.objects.create(name="published", origin=Run.Origin.PUBLISHED, **public)
    trained: dict[str, Any] = {"origin": Run.Origin.TRAINED, "checkpoint_path": "x", "owner": curator.user}
    Run.objects.create(name="hers", **{**public, **trained})
    Run.objects.create(name="secret", **{**public, **trained, "visibility": Visibility.PRIVATE})
    assert (
        refusal(researcher, run="published")
        == "The run published has no weights here: it was not trained on this site."
    )
    assert refusal(researcher, run="hers") == "The run hers is not yours: its scores are its owner's to renew."
    assert refusal(researcher, run="secret") == "There is no run secret that you may see."
    assert refusal(researcher, run="none", subsets=["all"]) != ""


def test_a_public_run_gets_no_scores_on_a_private_split(
    store: Path, db: None, tmp_path: Path, researcher: Person
) -> None:
    world = make_trainable(store)
    train(researcher.user, tmp_path / "job", visibility="public")
    Split.objects.filter(pk=world.split.pk).update(visibility=Visibility.PRIVATE, owner=researcher.user)
    told = "The split east is private, the run east-dem is public: its scores would tell of the split."
    assert refusal(researcher, run="east-dem") == told


def test_a_run_that_is_gone_is_told(store: Path, db: None, tmp_path: Path, researcher: Person) -> None:
    make_trainable(store)
    run = train(researcher.user, tmp_path / "job")
    job, _ = submit(kind="evaluate", params={"run": "east-dem"}, owner=researcher.user)
    run.delete()
    with pytest.raises(Conflict, match="The run east-dem was removed while the job ran"):
        record_evaluation(job, tmp_path, {"subsets": []})
