"""The specification of a run, and what training and evaluation leave behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workers.records.files import FileRecord


@dataclass(frozen=True)
class LossSpec:
    """`bce`, or `focal` with its gamma and, where given, one alpha per class."""

    name: Literal["bce", "focal"] = "bce"
    gamma: float = 2.0
    alpha: tuple[float, ...] | None = None


@dataclass(frozen=True)
class OptimizerSpec:
    """AdamW with warm-up epochs and then a cosine down to `final_learning_rate`."""

    name: Literal["adamw"] = "adamw"
    learning_rate: float = 3e-4
    final_learning_rate: float = 1e-5
    weight_decay: float = 0.01
    warmup_epochs: float = 1.0


@dataclass(frozen=True)
class EarlyStopSpec:
    """Stop when the validation loss has not fallen for `patience` epochs, not counting the first `after`."""

    patience: int = 10
    after: int = 20


@dataclass(frozen=True)
class RunSpec:
    """The whole specification of a run: what a user writes as YAML.

    `split` and `label_revision` are names; `input_size` is the side in pixels that tiles are averaged down to before
    they enter the network (256: as they are); `label_threshold` is the least area that counts as present.
    """

    name: str
    channels: tuple[str, ...]
    split: str
    label_revision: str | None = None
    network: Literal["mobilenetv4_conv_small", "resnet18"] = "mobilenetv4_conv_small"
    loss: LossSpec = field(default_factory=LossSpec)
    optimizer: OptimizerSpec = field(default_factory=OptimizerSpec)
    early_stop: EarlyStopSpec = field(default_factory=EarlyStopSpec)
    epochs: int = 150
    batch_size: int = 64
    input_size: int = 256
    augment: bool = True
    label_threshold: float = 0.0
    thresholds: Literal["optimum", "published"] = "optimum"
    seed: int = 111


@dataclass(frozen=True)
class TileTable:
    """Tiles for the network, in a CSV beside the specification, and the rasters they are windows of.

    Columns: tile (database id), subset, region (slug), col, row, size, and one area per class, in the order of
    `classes`. `rasters` maps region slug to channel to the absolute path of the analysis raster.
    """

    path: str
    classes: tuple[str, ...]
    rasters: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class TrainRun:
    """What the child process of `train` is told."""

    run: RunSpec
    tiles: TileTable


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of each channel over the training tiles, in the order of the run's channels."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class EvaluateRun:
    """What the child process of `evaluate` is told: a trained run and the tiles to score it on."""

    run: RunSpec
    tiles: TileTable
    checkpoint: str
    checkpoint_sha256: str
    normalisation: Normalisation
    thresholds: Mapping[str, float]


@dataclass(frozen=True)
class ClassScores:
    """Scores of one class. A score is None where it is not defined (no support, or one label value only)."""

    symbol: str
    threshold: float
    support: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None
    ap: float | None
    auroc: float | None
    accuracy: float


@dataclass(frozen=True)
class SubsetScores:
    """Scores over one subset: per class, and global under the names of the published tables.

    `predictions` is a CSV with the columns tile and one probability per class.
    """

    subset: str
    tile_count: int
    classes: tuple[ClassScores, ...]
    global_scores: Mapping[str, float | None]
    predictions: FileRecord


@dataclass(frozen=True)
class EvaluateResult:
    """What `evaluate` leaves behind."""

    subsets: tuple[SubsetScores, ...]


@dataclass(frozen=True)
class Epoch:
    """One row of the training curves."""

    epoch: int
    train_loss: float
    val_loss: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class TrainResult:
    """What `train` leaves behind: the best weights, what is needed to use them, curves and scores.

    Every subset but train is scored.
    """

    checkpoint: FileRecord
    normalisation: Normalisation
    thresholds: Mapping[str, float]
    best_epoch: int
    epochs: tuple[Epoch, ...]
    subsets: tuple[SubsetScores, ...]
    parameters: int
