"""The comparison as a table: classes across, runs down, home and away side by side, a block for each set of tiles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef

from apps.accounts.models import User
from apps.annotations.models import MapUnit
from apps.experiments.comparison import TEST_SUBSET
from apps.experiments.models import Domain, Evaluation, Run
from apps.experiments.naming import with_evaluation_names
from apps.pages.scores import ScoreRow, score_rows
from workers.evaluation.baseline import yes_to_class
from workers.evaluation.scores import mean_of_defined

METRICS = {
    "f1": "F1",
    "precision": "Precision",
    "recall": "Recall",
    "ap": "AP",
    "auroc": "AUROC",
    "accuracy": "Accuracy",
    "iou": "IoU",
}
MACRO = "macro"
PIXEL_MACRO = {"f1": "macro_dice", "iou": "macro_iou", "precision": "macro_precision", "recall": "macro_recall"}
DOMAINS = tuple(Domain.values)
MOST_LOOKED_AT = 50

Key = tuple[str, str]  # class or MACRO, domain


@dataclass(frozen=True)
class Cell:
    """One number of the table with what is needed to judge it."""

    value: float | None = None
    threshold: float | None = None
    flags: tuple[Any, ...] = ()
    best: bool = False
    starts_group: bool = False


@dataclass
class Line:
    run: Run
    values: dict[Key, ScoreRow] = field(default_factory=dict)
    macro: dict[str, float | None] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    flags: list[Any] = field(default_factory=list)


@dataclass
class Block:
    """Runs of one task that were tested on the same tiles with the same labels, so that their numbers may be
    compared. Over pixels there is no baseline.
    """

    tests: dict[str, Evaluation]
    lines: list[Line] = field(default_factory=list)
    supports: list[int | None] = field(default_factory=list)
    baseline: list[Cell] = field(default_factory=list)

    @property
    def made(self) -> bool:
        return any(line.run.made for line in self.lines)

    @property
    def over_pixels(self) -> bool:
        return self.lines[0].run.is_segmentation

    @property
    def least_area(self) -> float:
        """The share of a tile from which a class counted as present; published runs count any area."""
        return float(self.lines[0].run.specification.get("label_threshold") or 0.0)


@dataclass(frozen=True)
class Comparison:
    units: Sequence[MapUnit]
    blocks: Sequence[Block]
    metric: str

    @property
    def keys(self) -> list[Key]:
        return [(name, domain) for name in (MACRO, *(unit.symbol for unit in self.units)) for domain in DOMAINS]


def first_comparison(user: User | AnonymousUser) -> list[int]:
    """The two newest runs of a task that were tested on the same split with the same labels, else the two newest."""
    fields = ("pk", "task", "split", "label_revision", "specification__label_threshold")
    tested = Evaluation.objects.visible_to(user).filter(run=OuterRef("pk"), subset__in=TEST_SUBSET.values())
    found = Run.objects.visible_to(user).filter(Exists(tested)).values_list(*fields)[:MOST_LOOKED_AT]
    alike: dict[tuple[Any, ...], list[int]] = {}
    for pk, *key in found:
        alike.setdefault(tuple(key), []).append(pk)
    several = (runs for runs in alike.values() if len(runs) > 1)
    return next(several, [pk for pk, *_ in found])[:2]


def compare_runs(runs: Sequence[Run], user: User | AnonymousUser, *, metric: str, sort: str) -> Comparison:
    """Pivot the rows of both domains into blocks of runs that were tested on the same tiles."""
    lines = {run.pk: Line(run) for run in runs}
    for domain in DOMAINS:
        for row in score_rows(runs, user, domain=domain):
            if row.run_id is not None:
                lines[row.run_id].values[row.symbol, domain] = row
    tests = _tests(runs, user)
    for line in lines.values():
        line.macro = {
            domain: _macro(line, tests[line.run.pk].get(domain), domain=domain, metric=metric) for domain in DOMAINS
        }
    comparison = Comparison(_units_in(lines.values()), _blocks(lines.values(), tests), metric)
    for block in comparison.blocks:
        _fill(block, comparison, sort=sort)
    return comparison


def _units_in(lines: Iterable[Line]) -> list[MapUnit]:
    named = {symbol for line in lines for symbol, _ in line.values}
    return list(MapUnit.objects.filter(symbol__in=named))


def _macro(line: Line, test: Evaluation | None, *, domain: str, metric: str) -> float | None:
    """The mean over the classes; over pixels it is what the source states, a mean over classes and tiles."""
    if line.run.is_segmentation:
        stated: float | None = test.scores.get(PIXEL_MACRO.get(metric)) if test else None
        return stated
    return mean_of_defined([row.value(metric) for (_, where), row in line.values.items() if where == domain])


def _blocks(lines: Iterable[Line], tests: Mapping[int, dict[str, Evaluation]]) -> list[Block]:
    """Runs with the same task, split, labels, number of tiles and support share a block, in the order of their first
    run.
    """
    blocks: dict[Any, Block] = {}
    for line in lines:
        run, own = line.run, tests[line.run.pk]
        line.flags = [flag for evaluation in own.values() for flag in evaluation.flags]
        support = tuple((key, row.support) for key, row in sorted(line.values.items()))
        key = (run.task, support, *((d, e.split_id, e.label_revision_id, e.tile_count) for d, e in sorted(own.items())))
        blocks.setdefault(key, Block(own)).lines.append(line)
    return list(blocks.values())


def _tests(runs: Sequence[Run], user: User | AnonymousUser) -> dict[int, dict[str, Evaluation]]:
    """The test evaluation of each run and domain: on its own split if there is one, else the newest."""
    tests: dict[int, dict[str, Evaluation]] = {run.pk: {} for run in runs}
    own_split = {run.pk: run.split_id for run in runs}
    found = Evaluation.objects.visible_to(user).filter(run__in=runs, subset__in=TEST_SUBSET.values())
    for evaluation in with_evaluation_names(found, user).order_by("pk"):
        earlier = tests[evaluation.run_id].get(evaluation.domain)
        if earlier is None or earlier.split_id != own_split[evaluation.run_id]:
            tests[evaluation.run_id][evaluation.domain] = evaluation
    return tests


def _fill(block: Block, comparison: Comparison, *, sort: str) -> None:
    block.lines = sorted_lines(block.lines, sort=sort, metric=comparison.metric)
    best = {key: _best(block, key, comparison.metric) for key in comparison.keys}
    for line in block.lines:
        line.cells = [_cell(line, key, comparison.metric, best=best[key]) for key in comparison.keys]
    block.supports = [_support(block, key) for key in comparison.keys]
    if not block.over_pixels:
        block.baseline = [_baseline_cell(block, key, comparison) for key in comparison.keys]


def _number(line: Line, key: Key, metric: str) -> float | None:
    symbol, domain = key
    if symbol == MACRO:
        return line.macro[domain]
    row = line.values.get(key)
    return row.value(metric) if row else None


def _best(block: Block, key: Key, metric: str) -> float | None:
    """The highest number of a column, where the runs differ."""
    values = [value for line in block.lines if (value := _number(line, key, metric)) is not None]
    return max(values) if len(set(values)) > 1 else None


def _cell(line: Line, key: Key, metric: str, *, best: float | None) -> Cell:
    value = _number(line, key, metric)
    row = line.values.get(key)
    return Cell(
        value=value,
        threshold=row.threshold if row else None,
        flags=tuple(row.flags) if row else (),
        best=value is not None and value == best,
        starts_group=key[1] == DOMAINS[0],
    )


def _support(block: Block, key: Key) -> int | None:
    return next((line.values[key].support for line in block.lines if key in line.values), None)


def _baseline_cell(block: Block, key: Key, comparison: Comparison) -> Cell:
    symbol, domain = key
    starts = domain == DOMAINS[0]
    if symbol != MACRO:
        return Cell(_baseline(block, key, comparison.metric), starts_group=starts)
    parts = [_baseline(block, (unit.symbol, domain), comparison.metric) for unit in comparison.units]
    return Cell(mean_of_defined(parts), starts_group=starts)


def _baseline(block: Block, key: Key, metric: str) -> float | None:
    support, test = _support(block, key), block.tests.get(key[1])
    if support is None or test is None or not support <= test.tile_count:
        return None
    floor = yes_to_class(key[0], support=support, tile_count=test.tile_count)
    value: float | None = getattr(floor, metric, None)  # it has no IoU
    return value


def sorted_lines(lines: Sequence[Line], *, sort: str, metric: str) -> list[Line]:
    """By name, or by a column `class:domain`, what has no number last; a leading minus turns the order round."""
    name = sort.removeprefix("-")
    symbol, _, domain = name.partition(":")
    if domain not in DOMAINS:
        return sorted(lines, key=lambda line: line.run.name, reverse=sort.startswith("-"))
    known = [line for line in lines if _number(line, (symbol, domain), metric) is not None]
    rest = [line for line in lines if _number(line, (symbol, domain), metric) is None]
    return (
        sorted(known, key=lambda line: _number(line, (symbol, domain), metric) or 0.0, reverse=sort.startswith("-"))
        + rest
    )


def chart_points(comparison: Comparison) -> list[dict[str, Any]]:
    """One point for each run, class and domain with a number."""
    titles = dict(Domain.choices)
    return [
        {"run": _chart_name(block, line), "class": symbol, "domain": titles[domain], "value": value}
        for block in comparison.blocks
        for line in block.lines
        for symbol, domain in comparison.keys
        if symbol != MACRO and (value := _number(line, (symbol, domain), comparison.metric)) is not None
    ]


def _chart_name(block: Block, line: Line) -> str:
    """The chart has no blocks: there the name tells that scores are over pixels."""
    return f"pixels: {line.run.name}" if block.over_pixels else line.run.name
