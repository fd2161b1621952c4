"""Published scores against themselves and against the dataset they were taken on."""

from collections.abc import Sequence
from dataclasses import replace

from workers.evaluation.identities import contradictions, macro_contradictions
from workers.evaluation.pixel_identities import pixel_contradictions
from workers.records.learning import ClassScores
from workers.records.published import PublishedClass, PublishedEvaluation, SubsetFacts, Task

TILES = 1536  # of either test subset, in v1.0 and v1.1
TOLERANCE = 1e-9


def checked(
    evaluation: PublishedEvaluation, facts: SubsetFacts | None, *, task: Task = "classification"
) -> PublishedEvaluation:
    """Return the evaluation with its contradictions flagged; no value is changed.

    `facts` are those of its subset in its own dataset version, None if that is not imported.
    """
    over_pixels = task == "segmentation"
    check = _pixel_flags if over_pixels else _class_flags
    classes = tuple(replace(row, flags=check(row, evaluation.tile_count, facts)) for row in evaluation.classes)
    flags = [] if over_pixels else list(_macro_flags(classes, evaluation))
    if facts and facts.tiles != evaluation.tile_count:
        flags.append(f"scored on {evaluation.tile_count} tiles, the subset has {facts.tiles}")
    return replace(evaluation, classes=classes, flags=tuple(flags))


def _class_flags(row: PublishedClass, tiles: int, facts: SubsetFacts | None) -> tuple[str, ...]:
    flags = list(contradictions(_as_scores(row), tile_count=tiles, tolerance=TOLERANCE))
    held = facts.support.get(row.symbol, 0) if facts else row.support
    if held != row.support:
        flags.append(f"support is {row.support}, {held} tiles of the subset hold {row.symbol}")
    return tuple(flags)


def _pixel_flags(row: PublishedClass, tiles: int, facts: SubsetFacts | None) -> tuple[str, ...]:
    """A label counts any area, a mask whole pixels: fewer tiles than labels agree with them."""
    flags = list(pixel_contradictions(row, tile_count=tiles, tolerance=TOLERANCE))
    held = facts.support.get(row.symbol, 0) if facts else row.support
    if row.support > held:
        flags.append(f"support is {row.support}, {held} tiles of the subset hold {row.symbol}")
    return tuple(flags)


def _macro_flags(classes: Sequence[PublishedClass], evaluation: PublishedEvaluation) -> tuple[str, ...]:
    if not classes or "macro_f1" not in evaluation.scores:
        return ()
    rows = [_as_scores(row) for row in classes]
    return macro_contradictions(rows, macro_f1=evaluation.scores["macro_f1"], tolerance=TOLERANCE)


def _as_scores(row: PublishedClass) -> ClassScores:
    return ClassScores(
        symbol=row.symbol,
        threshold=row.threshold or 0.0,
        support=row.support,
        predicted=row.predicted,
        precision=row.precision,
        recall=row.recall,
        f1=row.f1,
        ap=row.ap,
        auroc=row.auroc,
        accuracy=row.accuracy or 0.0,  # only a row over pixels has none
    )
