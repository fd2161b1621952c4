"""From which probability on each class of an evaluation counts as yes."""

from collections import defaultdict

from apps.experiments.models import Evaluation

WITHOUT_THRESHOLD = 0.5


def limits_of(evaluation: Evaluation) -> dict[str, float]:
    """Return the threshold each class was scored with, else the run's, else 0.5."""
    limits: dict[str, float] = defaultdict(lambda: WITHOUT_THRESHOLD)
    limits.update(evaluation.run.thresholds)
    for score in evaluation.class_scores.all():
        if score.threshold is not None:
            limits[score.map_unit.symbol] = score.threshold
    return limits
