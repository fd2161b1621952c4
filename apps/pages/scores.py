"""Rows of the comparison, the same as the REST interface gives, with the flags of what contradicts itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import User
from apps.experiments.comparison import SCORES, TEST_SUBSET, compare_rows
from apps.experiments.models import ClassScore, Evaluation, Run

METRIC_NAMES = (*SCORES, "iou")


@dataclass(frozen=True)
class ScoreRow:
    """One class of one run in one domain; without a run it is what "yes to every class" scores."""

    run_id: int | None
    run_name: str
    symbol: str
    scores: dict[str, Any]
    flags: Sequence[Any] = ()

    @property
    def threshold(self) -> float | None:
        value: float | None = self.scores["threshold"]
        return value

    @property
    def support(self) -> int:
        return int(self.scores["support"])

    def value(self, metric: str) -> float | None:
        value: float | None = self.scores[metric]
        return value


def score_rows(runs: Sequence[Run], user: User | AnonymousUser, *, domain: str) -> list[ScoreRow]:
    flags = _flags(runs, user, domain=domain)
    rows = compare_rows(runs=[str(run.pk) for run in runs], domain=domain, user=user, scores=METRIC_NAMES)
    return [
        ScoreRow(
            run_id=row["run"]["id"],
            run_name=row["run"]["name"],
            symbol=row["class"],
            scores=row,
            flags=flags.get((row["run"]["id"], row["class"]), ()),
        )
        for row in rows
    ]


def _flags(runs: Sequence[Run], user: User | AnonymousUser, *, domain: str) -> dict[tuple[int, str], Sequence[Any]]:
    seen = Evaluation.objects.visible_to(user).filter(run__in=runs, subset=TEST_SUBSET[domain])
    flagged = ClassScore.objects.filter(evaluation__in=seen)
    rows = flagged.exclude(flags=[]).values_list("evaluation__run", "map_unit__symbol", "flags")
    return {(run, symbol): flags for run, symbol, flags in rows}
