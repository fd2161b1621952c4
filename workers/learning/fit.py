"""The job kind `train`: from a specification to a checkpoint, thresholds, curves and scores."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.errors import InvalidInput
from workers.evaluation.thresholds import tune_thresholds
from workers.files import describe_file
from workers.learning.assess import Assessor, score_subset
from workers.learning.checkpoint import Description, put_into, save_checkpoint
from workers.learning.dataset import TileImages, measure_normalisation
from workers.learning.device import choose_device, make_repeatable
from workers.learning.loop import ENDS, Examples, Trained, Trainer
from workers.learning.losses import make_loss
from workers.learning.networks.registry import make_network, parameter_count
from workers.learning.rasters import RegionRasters, check_rasters, read_rasters
from workers.learning.schedule import check_optimizer
from workers.learning.tiles import Tiles, read_tiles
from workers.records.codec import from_data
from workers.records.learning import RunSpec, TrainResult, TrainRun
from workers.records.progress import Reporter

CHECKPOINT = "checkpoint.safetensors"
LEAST_TRAINING_TILES = 2


def train_run(data: Mapping[str, Any], folder: Path, report: Reporter) -> TrainResult:
    """Carry out a `TrainRun`.

    1. Read the tiles and decode the rasters: 2 GiB in memory at most, memory-mapped files beyond. Averaged tiles may
    take
       another 512 MiB for each subset.
    2. Measure mean and standard deviation of each channel over the training tiles.
    3. Train; keep the weights of the lowest validation loss.
    4. Tune a threshold per class on the validation tiles alone.
    5. Predict and score every subset but train; write checkpoint and predictions.

    The same specification, tiles and seed give the same scores on the same machine.

    Raises:
        InvalidInput: the specification cannot be carried out as given.
        Cancelled: asked to stop.
    """
    spec = from_data(TrainRun, data)
    check_run(spec.run)
    tiles = read_tiles(folder / spec.tiles.path, spec.tiles.classes)
    check_subsets(tiles)
    files = check_rasters(tiles, spec.run.channels, spec.tiles.rasters)
    cache = folder / "cache"
    try:
        rasters = read_rasters(tiles, files, cache, report)
        return _train(spec, tiles, rasters, folder, report)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def check_run(run: RunSpec) -> None:
    """Raise `InvalidInput` for a number in the specification that makes no sense."""
    for name, value in (("epochs", run.epochs), ("batch_size", run.batch_size), ("input_size", run.input_size)):
        if value < 1:
            raise InvalidInput(f"{name}: {value} is below 1")
    if not 0 <= run.label_threshold < 1:
        raise InvalidInput(f"label_threshold: {run.label_threshold} is not a proportion from 0 to below 1")
    if not 0 <= run.seed < 2**63:
        raise InvalidInput(f"seed: {run.seed} is not between 0 and 2^63")
    if run.input_size < 32:
        raise InvalidInput(f"input_size: {run.input_size} is below 32, the networks' smallest input")
    check_optimizer(run.optimizer)


def check_subsets(tiles: Tiles) -> None:
    """Raise `InvalidInput` where there is nothing to train or to validate on."""
    if len(tiles.of_subset("train")) < LEAST_TRAINING_TILES:
        raise InvalidInput("the split has fewer than two training tiles with a window on a raster")
    if "val" not in tiles.present_subsets():
        raise InvalidInput("the split has no validation tile with a window on a raster: thresholds come from them")


def _train(spec: TrainRun, tiles: Tiles, rasters: RegionRasters, folder: Path, report: Reporter) -> TrainResult:
    run, classes = spec.run, spec.tiles.classes
    make_repeatable(run.seed)
    device = choose_device()
    train, val = (_examples(tiles.of_subset(subset), rasters, run) for subset in ("train", "val"))
    normalisation = measure_normalisation(train.images, run.channels, report)
    network = make_network(run.network, channels=len(run.channels), classes=len(classes)).to(device)
    loss = make_loss(run.loss, classes=len(classes), device=device)
    report("train", 0.1, f"{len(train.images.tiles)} training tiles, {parameter_count(network):,} parameters, {device}")
    trained = Trainer(run, network, loss, normalisation, train, val, report).fit()
    put_into(network, trained.state, channels=run.channels)
    assessor = Assessor(run, network, normalisation, classes, rasters, report, fractions=(ENDS, 0.98))
    return _finish(assessor, trained, tiles, folder)


def _examples(tiles: Tiles, rasters: RegionRasters, run: RunSpec) -> Examples:
    return Examples(TileImages(tiles, rasters, run.input_size), tiles.labels(threshold=run.label_threshold))


def _finish(assessor: Assessor, trained: Trained, tiles: Tiles, folder: Path) -> TrainResult:
    run, classes = assessor.run, tuple(assessor.classes)
    subsets = [subset for subset in tiles.present_subsets() if subset != "train"]
    probabilities = assessor.predict(subsets, tiles)
    thresholds = tune_thresholds(
        classes,
        tiles.of_subset("val").labels(threshold=run.label_threshold),
        probabilities["val"],
        published=run.thresholds == "published",
    )
    assessor.report("write", 0.98)
    description = Description(run, classes, assessor.normalisation, thresholds)
    save_checkpoint(folder / CHECKPOINT, trained.state, description)
    scored = tuple(
        score_subset(
            subset,
            tiles.of_subset(subset),
            probabilities[subset],
            classes=classes,
            thresholds=thresholds,
            label_threshold=run.label_threshold,
            folder=folder,
        )
        for subset in subsets
    )
    assessor.report("done", 1.0, f"best epoch {trained.best_epoch} of {len(trained.epochs)}")
    return TrainResult(
        checkpoint=describe_file(folder / CHECKPOINT, root=folder),
        normalisation=assessor.normalisation,
        thresholds=thresholds,
        best_epoch=trained.best_epoch,
        epochs=trained.epochs,
        subsets=scored,
        parameters=parameter_count(assessor.network),
    )
