"""Somebody's own model joins the comparison: a specification and its probabilities, scored here like any other run."""

import csv
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from apps.accounts.models import Role, User, Visibility
from apps.accounts.services import record_audit
from apps.experiments.models import Run
from apps.experiments.predictions_file import read_probabilities
from apps.experiments.recording import store_evaluation
from apps.experiments.scoring import WITHOUT_THRESHOLD
from apps.experiments.upload_specification import UploadSpecification, read_upload
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import LabelRevision, Tile, TileLabels
from workers.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from workers.evaluation.scores import Labels, Probabilities, global_scores, score_classes
from workers.evaluation.thresholds import tune_thresholds
from workers.files import describe_file
from workers.records.learning import SubsetScores

TESTS = (Subset.TEST_ID.value, Subset.TEST_CD.value)
NAMED = 5  # of the tiles that are missing or too many, in a message


@dataclass(frozen=True)
class SubsetTable:
    """The tiles of one subset with their labels and probabilities, both of shape (tiles, classes)."""

    subset: str
    tiles: Sequence[int]
    labels: Labels
    probabilities: Probabilities


def upload_run(*, owner: User, specification: str | Mapping[str, Any], content: bytes, visibility: str) -> Run:
    """Score somebody's probabilities and store them as a run.

    1. Read the specification and find split and label revision as the owner sees them.
    2. Read the probabilities and give each to its tile; a subset is there whole or not at all.
    3. Take the thresholds given, or the best ones on validation, or 0.5.
    4. Score each subset and store run, scores and predictions in one transaction.

    Raises:
        PermissionDenied: not a researcher.
        InvalidInput, BrokenFile: the message says what and where.
        Conflict: the name is taken.
    """
    if not owner.has_role(Role.RESEARCHER):
        raise PermissionDenied("Only a researcher may upload a run.")
    asked = read_upload(specification)
    split = _find_split(asked.split, owner)
    if Visibility(visibility).openness > Visibility(split.visibility).openness:
        raise InvalidInput(f"visibility: The split is {split.visibility}: the run cannot be {visibility}.")
    revision = _find_revision(asked, split)
    probabilities = read_probabilities(content, name="predictions", classes=revision.classes)
    tables = _tables(probabilities, split=split, revision=revision, owner=owner)
    thresholds, origin = _thresholds(asked, revision.classes, tables)
    run = Run(
        name=asked.name,
        origin=Run.Origin.UPLOADED,
        made=split.dataset_version.made,
        network=asked.network,
        channels=list(asked.channels),
        dataset_version=split.dataset_version,
        label_revision=revision,
        split=split,
        split_checksum=split.checksum,
        specification=asked.document | {"thresholds_from": origin},
        specification_text=json.dumps(asked.document, indent=2, ensure_ascii=False),
        seed=asked.seed,
        source_checksum=hashlib.sha256(content).hexdigest(),
        thresholds=thresholds,
        owner=owner,
        visibility=visibility,
    )
    return _store(run, tables, split=split, revision=revision)


def _find_split(name: str, owner: User) -> Split:
    split: Any = Split.objects.visible_to(owner).select_related("dataset_version").filter(name=name).first()
    if split is None:
        raise NotFound(f"There is no split {name!r}.")
    members = Tile.objects.filter(memberships__split=split)
    if members.exclude(pk__in=Tile.objects.visible_to(owner).filter(memberships__split=split)).exists():
        raise InvalidInput(f"The split {name!r} holds tiles of a region that you may not see.")
    found: Split = split
    return found


def _find_revision(asked: UploadSpecification, split: Split) -> LabelRevision:
    revisions = split.dataset_version.label_revisions
    if asked.label_revision:
        revision = revisions.filter(slug=asked.label_revision).first()
    else:
        revision = revisions.order_by("-pk").first()
    if revision is None:
        raise InvalidInput(
            f"label_revision: the split's dataset version has no labels called {asked.label_revision!r}."
        )
    return revision


def _tables(
    probabilities: Mapping[str, list[float]], *, split: Split, revision: LabelRevision, owner: User
) -> list[SubsetTable]:
    members = SplitMember.objects.filter(split=split).order_by("tile__number", "tile")
    wanted: dict[str, list[tuple[int, str]]] = {}
    for tile, patch_id, subset in members.values_list("tile", "tile__patch_id", "subset"):
        wanted.setdefault(subset, []).append((tile, patch_id))
    _refuse_extra(probabilities, wanted, split)
    chosen = {subset: rows for subset, rows in wanted.items() if any(patch in probabilities for _, patch in rows)}
    for subset, rows in chosen.items():
        _refuse_missing(probabilities, rows, subset)
    if not set(TESTS) & set(chosen):
        raise InvalidInput(f"predictions: none of the tiles of {' or '.join(TESTS)} is there.")
    return [_table(subset, rows, probabilities, revision) for subset, rows in sorted(chosen.items())]


def _refuse_extra(given: Mapping[str, Any], wanted: Mapping[str, list[tuple[int, str]]], split: Split) -> None:
    known = {patch for rows in wanted.values() for _, patch in rows}
    if extra := [patch for patch in given if patch not in known]:
        raise InvalidInput(f"predictions: {len(extra)} tiles are not in the split {split.name}: {_some(extra)}.")


def _refuse_missing(given: Mapping[str, Any], rows: Sequence[tuple[int, str]], subset: str) -> None:
    if missing := [patch for _, patch in rows if patch not in given]:
        raise InvalidInput(
            f"predictions: {len(missing)} of the {len(rows)} tiles of {subset} are missing: {_some(missing)}."
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")


def _table(
    subset: str, rows: Sequence[tuple[int, str]], given: Mapping[str, list[float]], revision: LabelRevision
) -> SubsetTable:
    tiles = [tile for tile, _ in rows]
    found = TileLabels.objects.filter(label_revision=revision, tile__in=tiles)
    present = dict(found.values_list("tile", "present"))
    if unlabelled := [patch for tile, patch in rows if tile not in present]:
        raise InvalidInput(
            f"{len(unlabelled)} tiles of {subset} have no labels in {revision.slug}: {_some(unlabelled)}."
        )
    labels = np.zeros((len(tiles), len(revision.classes)), dtype=np.bool_)
    for row, tile in enumerate(tiles):
        labels[row, present[tile]] = True
    return SubsetTable(subset, tiles, labels, np.array([given[patch] for _, patch in rows], dtype=np.float64))


def _thresholds(
    asked: UploadSpecification, classes: Sequence[str], tables: Sequence[SubsetTable]
) -> tuple[dict[str, float], str]:
    if asked.thresholds:
        if set(asked.thresholds) != set(classes):
            raise InvalidInput(f"thresholds: give one for each of {', '.join(classes)}.")
        return {symbol: asked.thresholds[symbol] for symbol in classes}, "specification"
    validation = next((table for table in tables if table.subset == Subset.VAL), None)
    if validation is None:
        return dict.fromkeys(classes, WITHOUT_THRESHOLD), f"none given: {WITHOUT_THRESHOLD}"
    return tune_thresholds(classes, validation.labels, validation.probabilities), "validation"


def _store(run: Run, tables: Sequence[SubsetTable], *, split: Split, revision: LabelRevision) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        scored = [_score(table, run.thresholds, classes=revision.classes, folder=Path(folder)) for table in tables]
        try:
            with transaction.atomic():
                run.save(force_insert=True)
                for found in scored:
                    store_evaluation(
                        run=run, split=split, revision=revision, found=found, folder=Path(folder), job=None
                    )
                record_audit(actor=run.owner, action="run.uploaded", target=run, detail={"name": run.name})
        except IntegrityError as error:
            if Run.objects.filter(name=run.name).exists():
                raise Conflict(f"There is a run called {run.name!r} already.") from error
            raise
    return run


def _score(
    table: SubsetTable, thresholds: Mapping[str, float], *, classes: Sequence[str], folder: Path
) -> SubsetScores:
    scores = score_classes(classes, table.labels, table.probabilities, thresholds=thresholds)
    path = folder / f"{table.subset}.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["tile", *classes])
        writer.writerows(
            [tile, *map(repr, row)] for tile, row in zip(table.tiles, table.probabilities.tolist(), strict=True)
        )
    return SubsetScores(
        subset=table.subset,
        tile_count=len(table.tiles),
        classes=scores,
        global_scores=global_scores(scores, table.labels, table.probabilities),
        predictions=describe_file(path, root=folder),
    )
