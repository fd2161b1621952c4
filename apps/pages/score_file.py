"""The scores of a comparison in long form, unrounded."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import User
from apps.experiments.models import Domain, Run
from apps.pages.scores import METRIC_NAMES, score_rows

HEAD = ("run_id", "run", "domain", "class", "support", "threshold", *METRIC_NAMES)


def score_lines(runs: Sequence[Run], user: User | AnonymousUser) -> Iterator[list[Any]]:
    for domain in Domain.values:
        for row in score_rows(runs, user, domain=domain):
            scores = [row.value(name) for name in METRIC_NAMES]
            yield [row.run_id, row.run_name, domain, row.symbol, row.support, row.threshold, *scores]
