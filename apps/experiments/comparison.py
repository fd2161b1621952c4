"""Runs side by side, class by class, beside the answer "yes to every class"."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q

from apps.accounts.models import User
from apps.experiments.models import ClassScore, Domain, Evaluation, Run
from apps.splits.models import Subset
from workers.errors import InvalidInput, NotFound
from workers.evaluation.baseline import NAME, skill, yes_to_class
from workers.records.learning import ClassScores

TEST_SUBSET = {Domain.IN.value: Subset.TEST_ID, Domain.CROSS.value: Subset.TEST_CD}
SCORES = ("f1", "precision", "recall", "ap", "auroc", "accuracy")
LARGEST_ID = 2**63 - 1


def compare_rows(
    *, runs: Sequence[str], domain: str, user: User | AnonymousUser, scores: Sequence[str] = SCORES
) -> list[dict[str, Any]]:
    """One row per run and class, runs as asked for by id or name, then what "yes to every class" scores on the same
    tiles. Scores over pixels, those of segmentation runs, have no such floor.

    Three queries, however many runs. Numbers are as stored.

    Raises:
        InvalidInput: no such domain.
        NotFound: a run that is not there for this user.
    """
    if domain not in TEST_SUBSET:
        raise InvalidInput(f"domain: {domain!r} is not one of {', '.join(TEST_SUBSET)}")
    chosen = find_runs(runs, user=user)
    evaluations = _test_evaluations(chosen, domain, user)
    tested = [evaluations[run.pk] for run in chosen if run.pk in evaluations]
    rows = [row for evaluation in tested for row in _rows_of_run(evaluation, scores)]
    return rows + _baseline_rows(tested, scores)


def find_runs(words: Sequence[str], *, user: User | AnonymousUser) -> list[Run]:
    """The runs of these ids or names that the user may see, each once, in the order asked for; a name goes before an
    id.
    """
    ids = {word: int(word) for word in words if word.isascii() and word.isdigit() and int(word) <= LARGEST_ID}
    found = list(Run.objects.visible_to(user).filter(Q(name__in=words) | Q(pk__in=ids.values())))
    by_name = {run.name: run for run in found}
    by_id = {run.pk: run for run in found}
    chosen: dict[int, Run] = {}
    for word in words:
        run = by_name.get(word) or by_id.get(ids.get(word, -1))
        if run is None:
            raise NotFound(f"There is no run {word}.")
        chosen.setdefault(run.pk, run)
    return list(chosen.values())


def _test_evaluations(runs: Sequence[Run], domain: str, user: User | AnonymousUser) -> dict[int, Evaluation]:
    """The test evaluation of each run: on its own split if there is one, else the newest."""
    own_split = {run.pk: run.split_id for run in runs}
    scores = ClassScore.objects.select_related("map_unit").order_by("map_unit__mask_value")
    found = Evaluation.objects.visible_to(user).filter(run__in=runs, subset=TEST_SUBSET[domain], domain=domain)
    found = found.select_related("run")
    chosen: dict[int, Evaluation] = {}
    for evaluation in found.order_by("pk").prefetch_related(Prefetch("class_scores", scores)):
        earlier = chosen.get(evaluation.run_id)
        if earlier is None or earlier.split_id != own_split[evaluation.run_id]:
            chosen[evaluation.run_id] = evaluation
    return chosen


def _rows_of_run(evaluation: Evaluation, scores: Sequence[str]) -> list[dict[str, Any]]:
    named = {"id": evaluation.run_id, "name": evaluation.run.name}
    return [
        _row(named, score.map_unit.symbol, score, scores, floor=_floor(score, evaluation))
        for score in evaluation.class_scores.all()
    ]


def _floor(score: ClassScore, evaluation: Evaluation) -> ClassScores | None:
    """What yes would score; None for scores over pixels, and where a published row contradicts its own number of
    tiles.
    """
    if evaluation.run.is_segmentation or not 0 < evaluation.tile_count >= score.support:
        return None
    return yes_to_class(score.map_unit.symbol, support=score.support, tile_count=evaluation.tile_count)


def _row(
    run: dict[str, Any],
    symbol: str,
    score: ClassScore | ClassScores,
    scores: Sequence[str],
    *,
    floor: ClassScores | None,
) -> dict[str, Any]:
    return {
        "run": run,
        "class": symbol,
        **{name: getattr(score, name, None) for name in scores},  # a floor has no IoU
        "threshold": score.threshold,
        "support": score.support,
        "interval": None,
        "skill": skill(score.f1, floor.f1 if floor else None),
    }


def _baseline_rows(evaluations: Sequence[Evaluation], scores: Sequence[str]) -> list[dict[str, Any]]:
    """The floor of each set of test tiles that the runs were scored on; runs with the same counts share one."""
    floors: dict[tuple[Any, ...], list[ClassScores]] = {}
    for evaluation in evaluations:
        found = (_floor(score, evaluation) for score in evaluation.class_scores.all())
        if floor := [entry for entry in found if entry]:
            floors.setdefault((evaluation.tile_count, *((entry.symbol, entry.support) for entry in floor)), floor)
    return [
        _row({"id": None, "name": _floor_name(number, len(floors))}, entry.symbol, entry, scores, floor=entry)
        for number, floor in enumerate(floors.values(), start=1)
        for entry in floor
    ]


def _floor_name(number: int, count: int) -> str:
    return NAME if count == 1 else f"{NAME}, test tiles {number}"
