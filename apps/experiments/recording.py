"""Scores and predictions of a run on one subset into the database."""

import csv
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from apps.annotations.models import MapUnit
from apps.experiments.models import ClassScore, Domain, Evaluation, Run
from apps.experiments.storing import keep_file
from apps.jobs.models import Job
from apps.splits.models import Split, Subset
from apps.tiles.models import LabelRevision
from workers.errors import InvalidInput
from workers.records.learning import ClassScores, SubsetScores

SCORE_FIELDS = tuple(field.name for field in fields(ClassScores) if field.name != "symbol")


def domain_of(subset: str) -> Domain:
    return Domain.CROSS if subset == Subset.TEST_CD else Domain.IN


@transaction.atomic
def store_evaluation(
    *, run: Run, split: Split, revision: LabelRevision, found: SubsetScores, folder: Path, job: Job | None
) -> Evaluation:
    """Store one subset's scores and predictions in place of those that were there."""
    described = {
        "domain": domain_of(found.subset),
        "label_revision": revision,
        "tile_count": found.tile_count,
        "scores": dict(found.global_scores),
        "flags": [],
        "predictions_path": keep_file(found.predictions, folder=folder),
        "predictions_sha256": found.predictions.sha256,
        "predictions_size": found.predictions.size,
        "job": job,
    }
    evaluation, created = Evaluation.objects.update_or_create(
        run=run, split=split, subset=found.subset, defaults=described
    )
    if not created:
        evaluation.class_scores.all().delete()
        evaluation.predictions.all().delete()
    _store_class_scores(evaluation, found.classes)
    _copy_predictions(evaluation, folder / found.predictions.path, revision.classes)
    return evaluation


def _store_class_scores(evaluation: Evaluation, classes: tuple[ClassScores, ...]) -> None:
    units = {unit.symbol: unit for unit in MapUnit.objects.all()}
    if unknown := [scores.symbol for scores in classes if scores.symbol not in units]:
        raise InvalidInput(f"There is no map unit {unknown[0]}.")
    ClassScore.objects.bulk_create(
        ClassScore(
            evaluation=evaluation,
            map_unit=units[scores.symbol],
            **{name: getattr(scores, name) for name in SCORE_FIELDS},
        )
        for scores in classes
    )


def _copy_predictions(evaluation: Evaluation, path: Path, classes: list[str]) -> None:
    statement = "COPY experiments_tileprediction (evaluation_id, tile_id, probabilities) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for tile, probabilities in _read_predictions(path, classes):
            copy.write_row((evaluation.pk, tile, probabilities))


def _read_predictions(path: Path, classes: list[str]) -> Iterator[tuple[int, list[float]]]:
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            yield int(row["tile"]), [float(row[symbol]) for symbol in classes]


def macro_f1_by_subset(evaluations: list[Evaluation]) -> dict[str, Any]:
    return {evaluation.subset: evaluation.scores.get("macro_f1") for evaluation in evaluations}
