"""The kind `evaluate`: a trained run scored again, on its own split or another."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from rest_framework import serializers

from apps.accounts.models import Role, User, Visibility
from apps.experiments.mixing import as_result, mixed_scales
from apps.experiments.models import Run
from apps.experiments.recording import macro_f1_by_subset, store_evaluation
from apps.experiments.tables import newest_revision, rasters_of, regions_of, write_table
from apps.jobs.models import Job
from apps.splits.independence import known_tiles
from apps.splits.models import Split, Subset
from apps.tiles.models import LabelRevision
from workers.errors import Conflict, InvalidInput
from workers.records.codec import from_data, to_data
from workers.records.learning import EvaluateResult, EvaluateRun, Normalisation, RunSpec

TESTS = (Subset.TEST_ID.value, Subset.TEST_CD.value)


class EvaluateParameters(serializers.Serializer[Any]):
    run = serializers.CharField(max_length=160, help_text="The name of a trained run of yours.")
    split = serializers.CharField(max_length=80, required=False, help_text="A split; the run's own unless given.")
    subsets = serializers.ListField(
        child=serializers.ChoiceField(Subset.choices), min_length=1, default=list(TESTS), max_length=4
    )
    label_revision = serializers.CharField(max_length=60, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            plan = EvaluationPlan(attrs, self.context["user"])
        except InvalidInput as error:
            raise serializers.ValidationError(str(error)) from error
        attrs |= {"split": plan.split.name, "label_revision": plan.revision.slug}
        return attrs | {"subsets": list(dict.fromkeys(attrs["subsets"]))}


class EvaluationPlan:
    """The rows that an evaluation needs, each visible to the user.

    Raises:
        InvalidInput: one is not there for this user, or they do not go together.
    """

    def __init__(self, params: Mapping[str, Any], user: User) -> None:
        self.run: Run = _run_named(params["run"], user)
        self.spec: RunSpec = from_data(RunSpec, self.run.specification)
        self.split: Split = _split_for(self.run, params.get("split"), user)
        _check_visibility(self.run, self.split)
        self.revision: LabelRevision = _revision_for(self.split, params.get("label_revision"))
        if list(self.revision.classes) != list(self.run.label_revision.classes if self.run.label_revision else []):
            raise InvalidInput(f"The label revision {self.revision} has other classes than the run {self.run}.")
        self.rasters = rasters_of(regions_of(self.split, user), self.spec.channels)
        _check_unseen(self.run, self.split, params["subsets"])


def _run_named(name: str, user: User) -> Run:
    run = Run.objects.visible_to(user).select_related("split", "label_revision").filter(name=name).first()
    if run is None:
        raise InvalidInput(f"There is no run {name} that you may see.")
    if not run.checkpoint_path:
        raise InvalidInput(f"The run {name} has no weights here: it was not trained on this site.")
    if run.owner_id != user.pk and not user.has_role(Role.ADMIN):
        raise InvalidInput(f"The run {name} is not yours: its scores are its owner's to renew.")
    return run


def _split_for(run: Run, name: str | None, user: User) -> Split:
    name = name or (run.split.name if run.split else "")
    split = Split.objects.visible_to(user).select_related("dataset_version").filter(name=name).first()
    if split is None:
        raise InvalidInput(f"There is no split {name} that you may see.")
    return split


def _check_visibility(run: Run, split: Split) -> None:
    if Visibility(run.visibility).openness > Visibility(split.visibility).openness:
        raise InvalidInput(
            f"The split {split} is {split.visibility}, the run {run} is {run.visibility}: its scores would tell of the "
            "split."
        )


def _check_unseen(run: Run, split: Split, subsets: Collection[str]) -> None:
    """On its own split a run is scored as that is; on another, tiles that it has learnt from would pass for a test."""
    if run.split is None or run.split == split:
        return
    known = known_tiles(split, subsets, learnt=run.split)
    if known.same or known.overlapping:
        asked = ", ".join(dict.fromkeys(subsets))
        raise InvalidInput(
            f"{known.same} tiles of {asked} in the split {split} are training or validation tiles of the run's own "
            f"split {run.split}, {known.overlapping} more share area with such tiles: this would be no test."
        )


def _revision_for(split: Split, slug: str | None) -> LabelRevision:
    if slug is None:
        return newest_revision(split)
    revision = split.dataset_version.label_revisions.filter(slug=slug).first()
    if revision is None:
        raise InvalidInput(f"The split's dataset version has no label revision {slug}.")
    return revision


def prepare_evaluation(job: Job, folder: Path) -> dict[str, Any]:
    plan = EvaluationPlan(job.params, job.owner)
    table = write_table(
        folder, split=plan.split, revision=plan.revision, rasters=plan.rasters, subsets=job.params["subsets"]
    )
    told = EvaluateRun(
        run=plan.spec,
        tiles=table,
        checkpoint=str(Path(settings.EARTHSCAPE_STORE).resolve() / plan.run.checkpoint_path),
        checkpoint_sha256=plan.run.checkpoint_sha256,
        normalisation=Normalisation(tuple(plan.run.normalisation["mean"]), tuple(plan.run.normalisation["std"])),
        thresholds=plan.run.thresholds,
    )
    spec: dict[str, Any] = to_data(told)
    return spec


@transaction.atomic
def record_evaluation(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store the scores in place of earlier ones on the same subsets."""
    found = from_data(EvaluateResult, result)
    run = Run.objects.filter(name=job.params["run"]).first()
    split = Split.objects.select_related("dataset_version").filter(name=job.params["split"]).first()
    if run is None or split is None:
        gone = f"run {job.params['run']}" if run is None else f"split {job.params['split']}"
        raise Conflict(f"The {gone} was removed while the job ran.")
    revision = _revision_for(split, job.params["label_revision"])
    evaluations = [
        store_evaluation(run=run, split=split, revision=revision, found=subset, folder=folder, job=job)
        for subset in found.subsets
    ]
    learnt = [run.split] if run.split else []
    return {
        "run_id": run.pk,
        "run": run.name,
        "macro_f1": macro_f1_by_subset(evaluations),
        **as_result(mixed_scales([split, *learnt], run.channels)),
    }
