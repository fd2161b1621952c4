"""Rows of the comparison, the same as the REST interface gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import User
from apps.experiments.models import ClassScore, Evaluation, Run
from apps.splits.models import Subset


@dataclass(frozen=True)
class ScoreRow:
    """One class of one run in one domain."""

    run_id: int
    symbol: str
    scores: dict[str, float | None]
    threshold: float | None
    support: int
    flags: Sequence[Any]

    def value(self, metric: str) -> float | None:
        return self.scores[metric]


METRIC_NAMES = ("f1", "precision", "recall", "ap", "auroc", "accuracy")


def score_rows(runs: Sequence[Run], user: User | AnonymousUser, *, domain: str) -> Iterator[ScoreRow]:
    evaluations = Evaluation.objects.visible_to(user).filter(
        run__in=runs, domain=domain, subset__in=(Subset.TEST_ID, Subset.TEST_CD)
    )
    found = ClassScore.objects.filter(evaluation__in=evaluations).select_related("evaluation", "map_unit")
    for score in found:
        yield ScoreRow(
            run_id=score.evaluation.run_id,
            symbol=score.map_unit.symbol,
            scores={name: getattr(score, name) for name in METRIC_NAMES},
            threshold=score.threshold,
            support=score.support,
            flags=score.flags,
        )
