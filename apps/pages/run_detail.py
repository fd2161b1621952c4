"""What the page of one run shows besides the row itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.annotations.models import MapUnit
from apps.experiments.models import ClassScore, Domain, Evaluation, Run
from apps.splits.models import Subset

TEST_SUBSETS = (Subset.TEST_ID, Subset.TEST_CD)
LOSS_SERIES = {"train_loss": "training", "val_loss": "validation"}


@dataclass
class ClassRow:
    """The scores of one class, one for each domain that was tested."""

    unit: MapUnit
    by_domain: dict[str, ClassScore] = field(default_factory=dict)

    @property
    def pair(self) -> list[ClassScore | None]:
        return [self.by_domain.get(domain) for domain in Domain.values]


def class_table(run: Run, evaluations: Sequence[Evaluation]) -> list[ClassRow]:
    """One row a class over the test subsets, in the order of the mask values; the run's own split goes first."""
    rows: dict[int, ClassRow] = {}
    for evaluation in sorted(evaluations, key=lambda found: found.split_id == run.split_id):
        if evaluation.subset not in TEST_SUBSETS:
            continue
        for score in evaluation.class_scores.all():
            row = rows.setdefault(score.map_unit_id, ClassRow(score.map_unit))
            row.by_domain[evaluation.domain] = score
    return sorted(rows.values(), key=lambda row: row.unit.mask_value)


def in_class_order(thresholds: dict[str, float]) -> list[tuple[str, float]]:
    """Thresholds by symbol in the order of the mask values, symbols of no map unit last."""
    order = {symbol: place for place, symbol in enumerate(MapUnit.objects.values_list("symbol", flat=True))}
    return sorted(thresholds.items(), key=lambda pair: order.get(pair[0], len(order)))


def curve_points(curves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Training curves in long form: epoch, series, loss."""
    points = []
    for number, row in enumerate(curves, start=1):
        epoch = row.get("epoch", number)
        points += [
            {"epoch": epoch, "series": title, "loss": row[name]}
            for name, title in LOSS_SERIES.items()
            if row.get(name) is not None
        ]
    return points


def provenance(run: Any) -> list[tuple[str, str]]:
    """What is needed to make a run with its source names again, leaving out what its source does not say."""
    facts = [
        ("Seed", "" if run.seed is None else str(run.seed)),
        ("Split", run.split_name),
        ("Split checksum", run.split_checksum),
        ("Label revision", run.revision_name),
        ("Code version", run.code_version),
        ("Weights, SHA-256", run.checkpoint_sha256),
        ("Source, SHA-256", run.source_checksum),
    ]
    return [(name, value) for name, value in facts if value]
