"""From which probability on each class of an evaluation counts as yes, and from which area on as there."""

from collections import defaultdict

from apps.experiments.models import Evaluation, Run
from apps.tiles.models import TileLabels

WITHOUT_THRESHOLD = 0.5


def limits_of(evaluation: Evaluation) -> dict[str, float]:
    """Return the threshold each class was scored with, else the run's, else 0.5."""
    limits: dict[str, float] = defaultdict(lambda: WITHOUT_THRESHOLD)
    limits.update(evaluation.run.thresholds)
    for score in evaluation.class_scores.all():
        if score.threshold is not None:
            limits[score.map_unit.symbol] = score.threshold
    return limits


def least_area_of(run: Run) -> float:
    """Return the least area that counted as present when the run was scored; 0 where the stored labels were asked."""
    if run.origin != Run.Origin.TRAINED:
        return 0.0
    return float(run.specification.get("label_threshold", 0))


def is_present(labels: TileLabels, position: int, *, least_area: float) -> bool:
    """Whether a tile holds the class at a position of its label revision, as `least_area_of` a run has it."""
    return labels.areas[position] >= least_area if least_area else position in labels.present
