"""Tiles by a run's right and wrong answers for one class."""

from dataclasses import dataclass
from typing import Any

import django_filters
from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, CharField, Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.accounts.models import User
from apps.annotations.models import MapUnit
from apps.experiments.filters import find_run
from apps.experiments.models import Evaluation, Run, TilePrediction
from apps.experiments.scoring import least_area_of, limits_of
from apps.maptiles.mvt import Aggregate, envelope
from apps.maptiles.tile_layer import draw_squares
from apps.splits.models import Subset
from apps.tiles.filters import found
from apps.tiles.models import Tile, TileLabels
from workers.maptiles.reader import MapTile

AGGREGATES = (
    Aggregate("outcome", "mode() WITHIN GROUP (ORDER BY outcome)"),
    *(Aggregate(name, f"count(*) FILTER (WHERE outcome = '{name}')") for name in ("tp", "fp", "fn", "tn")),
)


class ErrorFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    run = django_filters.CharFilter(method="keep", required=True, max_length=160, label="Id or name of a run.")
    region = django_filters.CharFilter(field_name="tile__region__slug", max_length=60)
    subset = django_filters.ChoiceFilter(field_name="evaluation__subset", choices=Subset.choices)

    class Meta:
        model = TilePrediction
        fields: list[str] = []

    def keep(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset


ErrorFilter.base_filters["class"] = django_filters.CharFilter(
    method="keep", required=True, max_length=20, label="Symbol of a class."
)


@dataclass(frozen=True)
class Judged:
    """One class in one evaluation: where its probability stands, from where on it is a yes, and from which area on a
    tile holds the class (0: as its label says).
    """

    evaluation: Evaluation
    position: int
    threshold: float
    least_area: float

    def said_yes(self) -> Q:
        return Q(evaluation=self.evaluation, **{f"probabilities__{self.position}__gte": self.threshold})

    def is_there(self) -> Q:
        if self.least_area:
            there = self._labels().filter(**{f"areas__{self.position}__gte": self.least_area})
        else:
            there = self._labels().filter(present__contains=[self.position])
        return Q(evaluation=self.evaluation) & Q(Exists(there))

    def is_labelled(self) -> Q:
        return Q(evaluation=self.evaluation) & Q(Exists(self._labels()))

    def _labels(self) -> QuerySet[TileLabels]:
        revision = self.evaluation.label_revision_id or self.evaluation.run.label_revision_id
        return TileLabels.objects.filter(tile=OuterRef("tile"), label_revision=revision)

    def probability(self) -> When:
        return When(evaluation=self.evaluation, then=F(f"probabilities__{self.position}"))


def draw_errors(request: Request, tile: MapTile) -> bytes:
    visible = TilePrediction.objects.filter(tile__in=Tile.objects.visible_to(request.user))
    filters = ErrorFilter(request.query_params, queryset=visible, request=request)
    if not filters.is_valid():
        raise ValidationError(filters.errors)
    asked = filters.form.cleaned_data
    judged = judge(find_run(asked["run"], request.user), asked["class"], request.user)
    if not judged:
        return b""
    rows = filters.qs.filter(
        evaluation__in=[entry.evaluation for entry in judged], tile__footprint__bboverlaps=envelope(tile)
    )
    rows = rows.annotate(outcome=_outcome(judged), probability=_probability(judged))
    return draw_squares(
        rows,
        tile,
        layer="errors",
        columns=("outcome", "probability", "tile_id"),
        aggregates=AGGREGATES,
        geometry="tile__footprint",
    )


def judge(run: Run, symbol: str, user: User | AnonymousUser) -> list[Judged]:
    """Return the evaluations that the user may see and that know the class, with the threshold it was scored with."""
    found(MapUnit.objects.filter(symbol=symbol).first(), parameter="class", name=symbol)
    seen = Evaluation.objects.visible_to(user).filter(run=run)
    evaluations = seen.select_related("label_revision", "run__label_revision")
    judged = []
    for evaluation in evaluations.prefetch_related("class_scores__map_unit"):
        revision = evaluation.label_revision or run.label_revision
        if revision is not None and symbol in revision.classes:
            threshold, least = limits_of(evaluation)[symbol], least_area_of(run)
            judged.append(Judged(evaluation, revision.classes.index(symbol), threshold, least))
    return judged


def _outcome(judged: list[Judged]) -> Case:
    """Right or wrong; null for a tile without labels, with which the answer was never compared."""
    yes, there, labelled = Q(pk__in=[]), Q(pk__in=[]), Q(pk__in=[])
    for entry in judged:
        yes, there, labelled = yes | entry.said_yes(), there | entry.is_there(), labelled | entry.is_labelled()
    return Case(
        When(yes & there, then=Value("tp")),
        When(there, then=Value("fn")),
        When(yes & labelled, then=Value("fp")),
        When(labelled, then=Value("tn")),
        default=None,
        output_field=CharField(),
    )


def _probability(judged: list[Judged]) -> Case:
    return Case(*[entry.probability() for entry in judged], default=None, output_field=FloatField())
