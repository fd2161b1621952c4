"""What the answer "yes to every class" scores: the floor under every run, known from support alone."""

from collections.abc import Mapping, Sequence

from workers.errors import InvalidInput
from workers.evaluation.scores import leave_out_undefined, mean_of_defined
from workers.records.learning import ClassScores

NAME = "yes to every class"


def yes_to_class(symbol: str, *, support: int, tile_count: int) -> ClassScores:
    """Return the scores of saying yes with equal certainty to each of `tile_count` tiles, of which `support` have the
    class.

    Raises:
        InvalidInput: support below 0 or above the number of tiles, or no tile.
    """
    if not 0 <= support <= tile_count or not tile_count:
        raise InvalidInput(f"{symbol}: support {support} does not fit {tile_count} tiles")
    share = support / tile_count
    scores = ClassScores(
        symbol=symbol,
        threshold=0.0,
        support=support,
        predicted=tile_count,
        precision=share,
        recall=1.0,
        f1=2 * support / (support + tile_count),
        ap=share,
        auroc=0.5 if 0 < support < tile_count else None,
        accuracy=share,
    )
    return leave_out_undefined(scores, tile_count=tile_count)


def yes_to_every_class(supports: Mapping[str, int], *, tile_count: int) -> tuple[ClassScores, ...]:
    """Return the scores of each class, in the order of `supports`."""
    return tuple(yes_to_class(symbol, support=support, tile_count=tile_count) for symbol, support in supports.items())


def macro_f1(classes: Sequence[ClassScores]) -> float | None:
    """Return the plain mean of F1 over the classes where it is defined, or None if there is none."""
    return mean_of_defined([scores.f1 for scores in classes])


def skill(score: float | None, baseline: float | None) -> float | None:
    """Return the share of the way from the baseline to 1 that a score has gone: (score - baseline) / (1 - baseline).

    None where either is undefined or the baseline leaves nothing to gain.
    """
    if score is None or baseline is None or baseline >= 1:
        return None
    return (score - baseline) / (1 - baseline)
