"""The kind `train`: a specification into a run with its evaluations."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework import serializers

from apps.accounts.models import User, Visibility
from apps.experiments.code_version import code_version
from apps.experiments.mixing import as_result, mixed_scales
from apps.experiments.models import Run
from apps.experiments.recording import macro_f1_by_subset, store_evaluation
from apps.experiments.specification import LONGEST, read_specification
from apps.experiments.storing import keep_file
from apps.experiments.tables import Rasters, newest_revision, rasters_of, regions_of, write_table
from apps.jobs.models import Job
from apps.jobs.names import is_taken
from apps.splits.models import Split, Subset
from apps.tiles.models import LabelRevision
from workers.errors import Conflict, InvalidInput
from workers.records.codec import from_data, to_data
from workers.records.learning import RunSpec, TrainResult, TrainRun


class TrainParameters(serializers.Serializer[Any]):
    specification = serializers.CharField(
        max_length=LONGEST, trim_whitespace=False, help_text="The specification of the run, in YAML."
    )
    visibility = serializers.ChoiceField(Visibility.choices, default=Visibility.PRIVATE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            plan = TrainingPlan(attrs["specification"], self.context["user"])
        except InvalidInput as error:
            raise serializers.ValidationError({"specification": str(error)}) from error
        if is_taken(plan.run.name, among=Run.objects.all(), by_others_than=(self.context["user"], attrs)):
            raise serializers.ValidationError({"specification": f"name: there is a run {plan.run.name} already"})
        if Visibility(attrs["visibility"]).openness > Visibility(plan.split.visibility).openness:
            raise serializers.ValidationError(
                {"visibility": f"The split is {plan.split.visibility}: the run cannot be {attrs['visibility']}."}
            )
        self._plan = plan
        return attrs

    def input_manifest(self) -> dict[str, Any]:
        return self._plan.manifest()


class TrainingPlan:
    """A specification with the rows it names, each visible to the user.

    Raises:
        InvalidInput: the specification is wrong or names what is not there for this user.
    """

    def __init__(self, text: str, user: User) -> None:
        self.run: RunSpec = read_specification(text)
        self.split: Split = _split_named(self.run.split, user)
        self.revision: LabelRevision = _revision_named(self.run.label_revision, self.split)
        self.rasters: Rasters = rasters_of(regions_of(self.split, user), self.run.channels)

    def manifest(self) -> dict[str, Any]:
        return {
            "split": self.split.checksum,
            "label_revision": [self.revision.slug, self.revision.checksum],
            "rasters": {
                slug: {name: raster.sha256 for name, raster in channels.items()}
                for slug, channels in self.rasters.items()
            },
        }


def _split_named(name: str, user: User) -> Split:
    split = Split.objects.visible_to(user).select_related("dataset_version").filter(name=name).first()
    if split is None:
        raise InvalidInput(f"split: there is no split {name} that you may see")
    for subset in (Subset.TRAIN, Subset.VAL):
        if not split.members.filter(subset=subset, tile__col__isnull=False).exists():
            raise InvalidInput(f"split: {name} has no tile with a place on a raster in {subset.value}")
    return split


def _revision_named(slug: str | None, split: Split) -> LabelRevision:
    if slug is None:
        return newest_revision(split)
    revision = split.dataset_version.label_revisions.filter(slug=slug).first()
    if revision is None:
        raise InvalidInput(f"label_revision: the split's dataset version has no label revision {slug}")
    return revision


def prepare_training(job: Job, folder: Path) -> dict[str, Any]:
    """Look everything up again: what the job was submitted with must still be so."""
    plan = TrainingPlan(job.params["specification"], job.owner)
    if plan.manifest() != job.input_manifest:
        raise Conflict("Split, labels or rasters have changed since the job was submitted; submit it again.")
    if Run.objects.filter(name=plan.run.name).exists():
        raise Conflict(f"There is a run {plan.run.name} already.")
    table = write_table(
        folder, split=plan.split, revision=plan.revision, rasters=plan.rasters, subsets=tuple(Subset.values)
    )
    spec: dict[str, Any] = to_data(TrainRun(plan.run, table))
    return spec


@transaction.atomic
def record_training(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store the run with everything needed to repeat it, and an evaluation per subset."""
    found = from_data(TrainResult, result)
    spec = read_specification(job.params["specification"])
    split, revision = rows_at_submission(job, spec)
    run = _create_run(job, spec, split, revision, {**_outcome(found, spec), **_checkpoint(found, folder)})
    evaluations = [
        store_evaluation(run=run, split=split, revision=revision, found=subset, folder=folder, job=job)
        for subset in found.subsets
    ]
    return {
        "run_id": run.pk,
        "run": run.name,
        "best_epoch": found.best_epoch,
        "epochs": len(found.epochs),
        "macro_f1": macro_f1_by_subset(evaluations),
        **as_result(mixed_scales([split], spec.channels)),
    }


def rows_at_submission(job: Job, spec: RunSpec) -> tuple[Split, LabelRevision]:
    split = Split.objects.select_related("dataset_version").filter(name=spec.split).first()
    revision = LabelRevision.objects.filter(slug=job.input_manifest["label_revision"][0]).first()
    if split is None or revision is None:
        raise Conflict("The split or the labels were removed while the job ran.")
    return split, revision


def _create_run(job: Job, spec: RunSpec, split: Split, revision: LabelRevision, outcome: dict[str, Any]) -> Run:
    try:
        with transaction.atomic():
            return Run.objects.create(
                name=spec.name,
                origin=Run.Origin.TRAINED,
                made=split.dataset_version.made,
                network=spec.network,
                channels=list(spec.channels),
                dataset_version=split.dataset_version,
                label_revision=revision,
                split=split,
                split_checksum=job.input_manifest["split"],
                specification=to_data(replace(spec, label_revision=revision.slug)),
                specification_text=job.params["specification"],
                seed=spec.seed,
                code_version=code_version(),
                owner=job.owner,
                visibility=job.params["visibility"],
                job=job,
                **outcome,
            )
    except IntegrityError as error:
        raise Conflict(f"There is a run {spec.name} already.") from error


def _outcome(found: TrainResult, spec: RunSpec) -> dict[str, Any]:
    mean, std = found.normalisation.mean, found.normalisation.std
    return {
        "thresholds": dict(found.thresholds),
        "normalisation": {"channels": list(spec.channels), "mean": list(mean), "std": list(std)},
        "curves": [to_data(epoch) for epoch in found.epochs],
        "parameters": found.parameters,
    }


def _checkpoint(found: TrainResult, folder: Path) -> dict[str, Any]:
    return {
        "checkpoint_path": keep_file(found.checkpoint, folder=folder),
        "checkpoint_sha256": found.checkpoint.sha256,
        "checkpoint_size": found.checkpoint.size,
    }
