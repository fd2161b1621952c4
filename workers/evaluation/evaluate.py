"""The job kind `evaluate`: a trained run scored on tiles, as they are labelled now."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.errors import InvalidInput
from workers.learning.assess import Assessor, score_subset
from workers.learning.checkpoint import Description, load_checkpoint, put_into
from workers.learning.device import choose_device, make_repeatable
from workers.learning.networks.registry import make_network
from workers.learning.rasters import check_rasters, read_rasters
from workers.learning.tiles import Tiles, read_tiles
from workers.records.codec import from_data
from workers.records.learning import EvaluateResult, EvaluateRun
from workers.records.progress import Reporter


def evaluate_run(data: Mapping[str, Any], folder: Path, report: Reporter) -> EvaluateResult:
    """Carry out an `EvaluateRun`: score every subset in the table, with the thresholds of the run.

    Raises:
        InvalidInput: the checkpoint does not belong to the run, a channel is missing, or there is no tile.
        UnsafeInput: the checkpoint is not a safetensors file, or not the one that was stored.
        Cancelled: asked to stop.
    """
    spec = from_data(EvaluateRun, data)
    state, description = load_checkpoint(Path(spec.checkpoint), sha256=spec.checkpoint_sha256)
    _check_description(spec, description)
    tiles = read_tiles(folder / spec.tiles.path, spec.tiles.classes)
    files = check_rasters(tiles, spec.run.channels, spec.tiles.rasters)
    make_repeatable(spec.run.seed)
    network = make_network(spec.run.network, channels=len(spec.run.channels), classes=len(description.classes))
    put_into(network, state, channels=spec.run.channels)
    network.to(choose_device())
    cache = folder / "cache"
    try:
        rasters = read_rasters(tiles, files, cache, report)
        assessor = Assessor(
            spec.run, network, spec.normalisation, description.classes, rasters, report, fractions=(0.1, 0.95)
        )
        return _score(assessor, spec, tiles, folder)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def _check_description(spec: EvaluateRun, description: Description) -> None:
    if description.classes != spec.tiles.classes:
        known, given = ", ".join(description.classes), ", ".join(spec.tiles.classes)
        raise InvalidInput(f"the run knows the classes {known}, the tiles have {given}")
    if description.run.channels != spec.run.channels or description.run.network != spec.run.network:
        raise InvalidInput(f"the checkpoint is not that of the run {spec.run.name}")
    if missing := [symbol for symbol in description.classes if symbol not in spec.thresholds]:
        raise InvalidInput(f"the run has no threshold for {missing[0]}")


def _score(assessor: Assessor, spec: EvaluateRun, tiles: Tiles, folder: Path) -> EvaluateResult:
    subsets = tiles.present_subsets()
    probabilities = assessor.predict(subsets, tiles)
    scored = tuple(
        score_subset(
            subset,
            tiles.of_subset(subset),
            probabilities[subset],
            classes=spec.tiles.classes,
            thresholds=spec.thresholds,
            label_threshold=spec.run.label_threshold,
            folder=folder,
        )
        for subset in subsets
    )
    assessor.report("done", 1.0, f"{len(tiles)} tiles scored")
    return EvaluateResult(scored)
