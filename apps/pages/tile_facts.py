"""What is known of one tile: class areas and labels by revision, subsets by split, and what chosen runs said of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import User
from apps.annotations.models import MapUnit
from apps.experiments.models import Evaluation, Run, TilePrediction
from apps.experiments.scoring import is_present, least_area_of, limits_of
from apps.splits.models import Split, SplitMember
from apps.tiles.models import Tile, TileLabels

MOST_RUNS = 12
OUTCOMES = {
    (True, True): ("tp", "✓", "right: present"),
    (True, False): ("fn", "○", "missed"),
    (False, True): ("fp", "✕", "wrongly seen"),
    (False, False): ("tn", "·", "right: absent"),
}


@dataclass(frozen=True)
class ClassShare:
    """One class of one tile: how much of it, and whether the label says so."""

    unit: MapUnit
    area: float
    present: bool
    mask_area: float | None = None

    @property
    def bar_width(self) -> float:
        return round(100 * self.area, 2)


@dataclass(frozen=True)
class Labelling:
    revision: str
    shares: tuple[ClassShare, ...]
    has_mask: bool = False


@dataclass(frozen=True)
class Answer:
    """What a run said of one class of the tile; the outcome is empty where the tile has no label to hold it against."""

    symbol: str
    probability: float
    threshold: float
    outcome: str = ""
    mark: str = ""
    words: str = ""


@dataclass(frozen=True)
class RunAnswers:
    run: Run
    subset: str
    answers: tuple[Answer, ...]


def labellings(tile: Tile) -> list[Labelling]:
    """Areas and labels of every revision that knows the tile, the newest first."""
    units = {unit.symbol: unit for unit in MapUnit.objects.all()}
    rows = tile.labels.select_related("label_revision").order_by("-label_revision__created_at")
    return [Labelling(row.label_revision.slug, _shares(row, units), row.mask_areas is not None) for row in rows]


def _shares(labels: TileLabels, units: Mapping[str, MapUnit]) -> tuple[ClassShare, ...]:
    by_mask: Sequence[float | None] = labels.mask_areas or [None] * len(labels.areas)
    rows = enumerate(zip(labels.label_revision.classes, labels.areas, by_mask, strict=True))
    return tuple(ClassShare(units[symbol], area, place in labels.present, mask) for place, (symbol, area, mask) in rows)


def memberships(tile: Tile, user: User | AnonymousUser) -> Iterable[SplitMember]:
    visible = Split.objects.visible_to(user)
    return tile.memberships.filter(split__in=visible).select_related("split").order_by("split__name")


def answers(tile: Tile, user: User | AnonymousUser, *, runs: Sequence[int] = ()) -> list[RunAnswers]:
    """The stored predictions of visible runs for the tile; of the chosen ones where some are chosen."""
    found = TilePrediction.objects.filter(tile=tile, evaluation__in=Evaluation.objects.visible_to(user))
    if runs:
        found = found.filter(evaluation__run__in=runs)
    found = found.select_related("evaluation__run", "evaluation__label_revision", "evaluation__run__label_revision")
    found = found.prefetch_related("evaluation__class_scores__map_unit")
    truth = {row.label_revision_id: row for row in tile.labels.select_related("label_revision")}
    return [_run_answers(row, truth) for row in found.order_by("-evaluation__run")[:MOST_RUNS]]


def _run_answers(prediction: TilePrediction, truth: Mapping[int, TileLabels]) -> RunAnswers:
    evaluation = prediction.evaluation
    revision = evaluation.label_revision or evaluation.run.label_revision
    if revision is None:
        return RunAnswers(evaluation.run, evaluation.get_subset_display(), ())
    labels = truth.get(revision.pk)
    limits, least_area = limits_of(evaluation), least_area_of(evaluation.run)
    said = tuple(
        _answer(
            symbol,
            probability,
            limits[symbol],
            None if labels is None else is_present(labels, place, least_area=least_area),
        )
        for place, (symbol, probability) in enumerate(zip(revision.classes, prediction.probabilities, strict=True))
    )
    return RunAnswers(evaluation.run, evaluation.get_subset_display(), said)


def _answer(symbol: str, probability: float, threshold: float, present: bool | None) -> Answer:
    if present is None:
        return Answer(symbol, probability, threshold)
    return Answer(symbol, probability, threshold, *OUTCOMES[present, probability >= threshold])
