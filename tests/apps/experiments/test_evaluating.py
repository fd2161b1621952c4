from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import User, Visibility
from apps.experiments.evaluating import EvaluateParameters, record_evaluation
from apps.experiments.models import ClassScore, Evaluation, Run, TilePrediction
from apps.experiments.specification import read_specification
from apps.jobs.models import JobState
from apps.jobs.running import run_inline
from apps.jobs.services import submit
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import Tile, TileLabels
from tests.apps.trainable import Trainable, carry_out, make_trainable, specified, train
from tests.conftest import Person
from workers.errors import Conflict, UnsafeInput
from workers.records.codec import to_data


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


def make_split(name: str, tiles: Sequence[Tile]) -> Split:
    """Another public split, of whose tests in the domain these tiles are."""
    version = tiles[0].dataset_version
    split = Split.objects.create(name=name, dataset_version=version, method="m", visibility=Visibility.PUBLIC)
    SplitMember.objects.bulk_create([SplitMember(split=split, tile=tile, subset=Subset.TEST_ID) for tile in tiles])
    split.note_regions()
    return split


def make_trained(world: Trainable, owner: User) -> Run:
    """A run with a specification and a checkpoint, without the minutes of training."""
    spec = to_data(read_specification(specified()))
    return Run.objects.create(
        name="east-dem", origin=Run.Origin.TRAINED, split=world.split, label_revision=world.revision,
        specification=spec, checkpoint_path="x", owner=owner,
    )  # fmt: skip


def test_tiles_that_a_run_learnt_from_are_no_test_of_it(store: Path, db: None, researcher: Person) -> None:
    world = make_trainable(store)
    make_trained(world, researcher.user)
    make_split("again", [world.tiles[3], world.tiles[9], world.tiles[16]])
    assert refusal(researcher, run="east-dem", split="again") == (
        "2 tiles of test_id, test_cd in the split again are training or validation tiles of the run's own split east, "
        "0 more share area with such tiles: this would be no test."
    )


def test_tiles_that_share_area_with_such_are_no_test_either(store: Path, db: None, researcher: Person) -> None:
    world = make_trainable(store)
    make_trained(world, researcher.user)
    half = world.tiles[16]
    half.pk, half.patch_id, half.row, half.bounds = None, "half", 48, [0.0, 920.0, 32.0, 952.0]
    half.save()
    make_split("shifted", [half, world.tiles[30]])
    assert "0 tiles of test_id in the split shifted are training" in (
        told := refusal(researcher, run="east-dem", split="shifted", subsets=["test_id"])
    )
    assert "1 more share area" in told


def test_a_split_of_tiles_that_a_run_never_saw_is_taken(store: Path, db: None, researcher: Person) -> None:
    world = make_trainable(store)
    make_trained(world, researcher.user)
    make_split("fresh", world.tiles[16:])
    params = {"run": "east-dem", "split": "fresh"}
    assert EvaluateParameters(data=params, context={"user": researcher.user}).is_valid()


def test_a_run_that_is_gone_is_told(store: Path, db: None, tmp_path: Path, researcher: Person) -> None:
    make_trainable(store)
    run = train(researcher.user, tmp_path / "job")
    job, _ = submit(kind="evaluate", params={"run": "east-dem"}, owner=researcher.user)
    run.delete()
    with pytest.raises(Conflict, match="The run east-dem was removed while the job ran"):
        record_evaluation(job, tmp_path, {"subsets": []})
