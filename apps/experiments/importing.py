"""The kind `import-runs`: published runs with their scores, as their files say them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from rest_framework import serializers

from apps.accounts.models import Visibility
from apps.annotations.models import MapUnit
from apps.experiments.models import ClassScore, Domain, Evaluation, Run
from apps.jobs.models import Job
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import DatasetVersion, LabelRevision, TileLabels
from apps.tiles.roots import checked_folder
from workers.errors import Conflict
from workers.records.codec import from_data, to_data
from workers.records.published import PublishedClass, PublishedEvaluation, PublishedRun, RunsResult

VERSIONS = ("earthscape-v1.0", "earthscape-v1.1")
_SCORES = (
    "threshold", "support", "predicted", "precision", "recall", "f1", "ap", "auroc", "accuracy", "iou", "details",
    "flags",
)  # fmt: skip


class ImportRunsParameters(serializers.Serializer[Any]):
    folder = serializers.CharField(max_length=1000, help_text="A folder on the server, inside one of the import roots.")

    def validate_folder(self, value: str) -> str:
        return str(checked_folder(value))


def prepare_runs(job: Job, folder: Path) -> dict[str, Any]:
    """Tell the child what the imported dataset versions say of their test subsets."""
    facts = {version: _facts(version) for version in VERSIONS}
    return {"folder": job.params["folder"], "facts": {version: found for version, found in facts.items() if found}}


def _facts(version: str) -> dict[str, Any]:
    split = Split.objects.filter(name=version).first()
    revision = LabelRevision.objects.filter(slug=version).first()
    if split is None or revision is None:
        return {}
    return {
        subset.value: _subset_facts(split, revision, subset)
        for subset in (Subset.TEST_ID, Subset.TEST_CD)
        if SplitMember.objects.filter(split=split, subset=subset).exists()
    }


def _subset_facts(split: Split, revision: LabelRevision, subset: Subset) -> dict[str, Any]:
    members = SplitMember.objects.filter(split=split, subset=subset)
    labels = TileLabels.objects.filter(label_revision=revision, tile__in=members.values("tile"))
    present = list(labels.values_list("present", flat=True))
    support = {symbol: sum(i in row for row in present) for i, symbol in enumerate(revision.classes)}
    return {"tiles": members.count(), "support": support}


@transaction.atomic
def record_runs(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store every run, or none: what is the same stays untouched, and a version imported since is linked."""
    found = from_data(RunsResult, result)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import-runs'))")
    units = {unit.symbol: unit for unit in MapUnit.objects.all()}
    outcome = {run.name: _record_run(run, units) for run in found.runs}
    flagged = [run.name for run in found.runs if _is_flagged(run)]
    return {
        "created": sorted(name for name, what in outcome.items() if what == "created"),
        "updated": sorted(name for name, what in outcome.items() if what == "updated"),
        "unchanged": sum(what == "unchanged" for what in outcome.values()),
        "flagged": flagged,
        "notes": list(found.notes),
    }


def _is_flagged(run: PublishedRun) -> bool:
    return any(e.flags or any(row.flags for row in e.classes) for e in run.evaluations)


def _record_run(published: PublishedRun, units: Mapping[str, MapUnit]) -> str:
    """Return whether the run was created, updated or unchanged.

    Raises:
        Conflict: the name belongs to a run that was not published.
    """
    run = Run.objects.select_for_update().filter(name=published.name).first()
    if run and run.origin != Run.Origin.PUBLISHED:
        raise Conflict(f"The name {published.name} is taken by a run that was not published.")
    values = _run_values(published)
    if run is None:
        run = Run.objects.create(name=published.name, visibility=Visibility.PUBLIC, **values)
        outcome = "created"
    else:
        outcome = "updated" if _change(run, values) else "unchanged"
    changes = [_record_evaluation(run, evaluation, units) for evaluation in published.evaluations]
    gone = run.evaluations.exclude(subset__in=[evaluation.subset for evaluation in published.evaluations])
    deleted, _ = gone.delete()
    return "updated" if outcome == "unchanged" and (deleted or any(changes)) else outcome


def _run_values(published: PublishedRun) -> dict[str, Any]:
    version = DatasetVersion.objects.filter(slug=published.version).first()
    split = Split.objects.filter(name=published.version).first()
    return {
        "origin": Run.Origin.PUBLISHED,
        "task": published.task,
        "network": published.network,
        "channels": list(published.channels),
        "dataset_version": version,
        "label_revision": LabelRevision.objects.filter(slug=published.version).first(),
        "split": split,
        "split_checksum": split.checksum if split else "",
        "specification": dict(published.specification),
        "specification_text": published.specification_text,
        "seed": published.seed,
        "source_checksum": published.source_checksum,
        "thresholds": dict(published.thresholds),
        "normalisation": dict(published.normalisation),
        "curves": [dict(point) for point in published.curves],
    }


def _change(row: Run | Evaluation, values: Mapping[str, Any]) -> bool:
    """Give a row these values; return whether any was another one."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
    return bool(changed)


def _record_evaluation(run: Run, published: PublishedEvaluation, units: Mapping[str, MapUnit]) -> bool:
    values = {
        "split": run.split,
        "label_revision": run.label_revision,
        "domain": Domain(published.domain),
        "tile_count": published.tile_count,
        "scores": dict(published.scores),
        "flags": list(published.flags),
    }
    evaluation = run.evaluations.filter(subset=published.subset).first()
    if evaluation is None:
        evaluation = Evaluation.objects.create(run=run, subset=published.subset, **values)
        changed = True
    else:
        changed = _change(evaluation, values)
    return _record_classes(evaluation, published.classes, units) or changed


def _record_classes(
    evaluation: Evaluation, published: tuple[PublishedClass, ...], units: Mapping[str, MapUnit]
) -> bool:
    known = {row.map_unit_id: row for row in evaluation.class_scores.all()}
    rows = [_class_score(evaluation, row, units) for row in published]
    changed = [row for row in rows if _values(row) != _values(known.get(row.map_unit_id))]
    ClassScore.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["evaluation", "map_unit"], update_fields=list(_SCORES)
    )
    deleted, _ = evaluation.class_scores.exclude(map_unit__in=[row.map_unit_id for row in rows]).delete()
    return bool(changed or deleted)


def _class_score(evaluation: Evaluation, row: PublishedClass, units: Mapping[str, MapUnit]) -> ClassScore:
    if row.symbol not in units:
        raise Conflict(f"There is no map unit {row.symbol}: add it to the catalogue first.")
    scores = {name: value for name, value in to_data(row).items() if name in _SCORES}
    return ClassScore(evaluation=evaluation, map_unit=units[row.symbol], **scores | {"flags": list(row.flags)})


def _values(row: ClassScore | None) -> list[Any] | None:
    return [getattr(row, name) for name in _SCORES] if row else None
