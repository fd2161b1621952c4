"""Probabilities of tiles, and the files they are kept in."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from workers.files import written_whole
from workers.learning.dataset import TileImages
from workers.records.learning import Normalisation

Step = Callable[[float], None]


def predict_logits(
    network: nn.Module, images: TileImages, normalisation: Normalisation, *, batch_size: int, step: Step
) -> NDArray[np.float32]:
    """Return the logits of every tile, shape (tiles, classes), in the order of the tiles; `step` is told the fraction
    done after each batch.
    """
    device = next(network.parameters()).device
    network.eval()
    parts = []
    with torch.inference_mode():
        for first in range(0, len(images.tiles), batch_size):
            last = min(first + batch_size, len(images.tiles))
            batch = torch.from_numpy(images.batch(range(first, last), normalisation)).to(device)
            parts.append(network(batch).float().cpu().numpy())
            step(last / len(images.tiles))
    logits: NDArray[np.float32] = np.concatenate(parts)
    return logits


def probabilities_of(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sigmoid in double precision, so that what is written, stored and compared with a threshold is one
    number.
    """
    return 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -500, 500)))


def write_predictions(
    path: Path, tiles: NDArray[np.int64], classes: Sequence[str], probabilities: NDArray[np.float64]
) -> None:
    """Write a CSV with the columns tile and one probability per class, with all digits."""
    with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("tile", *classes))
        for tile, row in zip(tiles.tolist(), probabilities.tolist(), strict=True):
            writer.writerow((tile, *map(repr, row)))
