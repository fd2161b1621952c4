from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

from apps.experiments.comparison import find_runs
from apps.experiments.models import Domain, Evaluation, Run, TilePrediction
from apps.splits.filters import find_split
from apps.splits.models import Subset
from apps.tiles.filters import find_version
from workers.errors import NotFound


def find_run(text: str, user: Any) -> Run:
    try:
        return find_runs([text], user=user)[0]
    except NotFound as error:
        raise ValidationError({"run": [str(error)]}) from error


class RunFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    name = django_filters.CharFilter(max_length=160, label="Exact name.")
    origin = django_filters.ChoiceFilter(choices=Run.Origin.choices)
    network = django_filters.CharFilter(max_length=80)
    channel = django_filters.CharFilter(method="with_channel", max_length=60, label="A channel that the run uses.")
    dataset_version = django_filters.CharFilter(method="of_version", max_length=60, label="Slug of a dataset version.")
    split = django_filters.CharFilter(method="of_split", max_length=80, label="Name of a split.")

    class Meta:
        model = Run
        fields: list[str] = []

    def with_channel(self, queryset: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        return queryset.filter(channels__contains=[value])

    def of_version(self, queryset: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        return queryset.filter(dataset_version=find_version(value, self.request.user))

    def of_split(self, queryset: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        return queryset.filter(split=find_split(value, self.request.user))


class OfRunFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    run = django_filters.CharFilter(method="of_run", max_length=160, label="Id or name of a run.")
    run_path = "run"

    def of_run(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(**{self.run_path: find_run(value, self.request.user)})


class EvaluationFilter(OfRunFilter):
    domain = django_filters.ChoiceFilter(choices=Domain.choices)
    subset = django_filters.ChoiceFilter(choices=Subset.choices)

    class Meta:
        model = Evaluation
        fields: list[str] = []


class PredictionFilter(OfRunFilter):
    run_path = "evaluation__run"

    class Meta:
        model = TilePrediction
        fields: list[str] = []
