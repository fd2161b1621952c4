"""The list of runs with their macro F1 in both domains, filtered and sorted."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, F, FloatField, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import QueryDict

from apps.accounts.models import User
from apps.experiments.models import Domain, Evaluation, Run
from apps.pages.choices import words_in
from apps.splits.models import Subset

SORTS = {"name": "name", "network": "network", "in": "macro_in", "cross": "macro_cross", "made": "pk"}
TESTS = {Domain.IN: Subset.TEST_ID, Domain.CROSS: Subset.TEST_CD}


def with_macro_f1(runs: QuerySet[Run], user: User | AnonymousUser) -> QuerySet[Any]:
    """Add `macro_in` and `macro_cross` as stored with the evaluation of each test subset."""
    return runs.annotate(macro_in=_macro(Domain.IN, user), macro_cross=_macro(Domain.CROSS, user))


def _macro(domain: Domain, user: User | AnonymousUser) -> Subquery:
    """Of the evaluation on the run's own split if there is one, else of the newest, as in the comparison."""
    evaluations = Evaluation.objects.visible_to(user).filter(run=OuterRef("pk"), domain=domain, subset=TESTS[domain])
    elsewhere = Case(When(split=OuterRef("split"), then=0), default=1, output_field=IntegerField())
    evaluations = evaluations.annotate(elsewhere=elsewhere).order_by("elsewhere", "-pk")
    return Subquery(evaluations.values(macro=Cast(KT("scores__macro_f1"), FloatField()))[:1])


class RunFilter:
    """What the list's form holds: a piece of the name, the origin, and the order."""

    def __init__(self, query: QueryDict) -> None:
        self.text = words_in(query, "q")
        origin = query.get("origin", "")
        self.origin = origin if origin in Run.Origin.values else ""
        sort = query.get("sort", "-made")
        self.sort = sort if sort.removeprefix("-") in SORTS else "-made"

    def apply(self, runs: QuerySet[Run], user: User | AnonymousUser) -> QuerySet[Any]:
        if self.text:
            runs = runs.filter(name__icontains=self.text)
        if self.origin:
            runs = runs.filter(origin=self.origin)
        column = F(SORTS[self.sort.removeprefix("-")])
        order = column.desc(nulls_last=True) if self.sort.startswith("-") else column.asc(nulls_last=True)
        return with_macro_f1(runs, user).order_by(order, "-pk")
