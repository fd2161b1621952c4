"""A trained network scored on subsets of tiles: predictions on disk, scores per class and over all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from workers.evaluation.scores import global_scores, score_classes
from workers.files import describe_file
from workers.learning.dataset import TileImages
from workers.learning.predict import predict_logits, probabilities_of, write_predictions
from workers.learning.rasters import RegionRasters
from workers.learning.tiles import Tiles
from workers.records.learning import Normalisation, RunSpec, SubsetScores
from workers.records.progress import Reporter


@dataclass(frozen=True)
class Assessor:
    """What prediction on a subset needs; `fractions` is the part of the whole job that the predictions of all subsets
    take.
    """

    run: RunSpec
    network: nn.Module
    normalisation: Normalisation
    classes: Sequence[str]
    rasters: RegionRasters
    report: Reporter
    fractions: tuple[float, float]

    def predict(self, subsets: Sequence[str], tiles: Tiles) -> dict[str, NDArray[np.float64]]:
        """Return by subset the probabilities of its tiles, shape (tiles, classes)."""
        return {
            subset: self._predict(subset, tiles.of_subset(subset), part=(place / len(subsets), 1 / len(subsets)))
            for place, subset in enumerate(subsets)
        }

    def _predict(self, subset: str, tiles: Tiles, *, part: tuple[float, float]) -> NDArray[np.float64]:
        low, high = self.fractions
        offset, share = part
        logits = predict_logits(
            self.network,
            TileImages(tiles, self.rasters, self.run.input_size),
            self.normalisation,
            batch_size=self.run.batch_size,
            step=lambda done: self.report(f"predict {subset}", low + (high - low) * (offset + share * done)),
        )
        return probabilities_of(logits)


def score_subset(
    subset: str,
    tiles: Tiles,
    probabilities: NDArray[np.float64],
    *,
    classes: Sequence[str],
    thresholds: Mapping[str, float],
    label_threshold: float,
    folder: Path,
) -> SubsetScores:
    """Return the scores of one subset and write its predictions to `predictions_{subset}.csv` in `folder`."""
    labels = tiles.labels(threshold=label_threshold)
    scores = score_classes(classes, labels, probabilities, thresholds=thresholds)
    path = folder / f"predictions_{subset}.csv"
    write_predictions(path, tiles.ids, classes, probabilities)
    return SubsetScores(
        subset=subset,
        tile_count=len(tiles),
        classes=scores,
        global_scores=global_scores(scores, labels, probabilities),
        predictions=describe_file(path, root=folder),
    )
