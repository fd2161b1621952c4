"""Published runs as they are read, before anything of them is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Task = Literal["classification", "segmentation"]


@dataclass(frozen=True)
class SubsetFacts:
    """What the imported dataset says of a subset: its tiles, and how many of them hold each class."""

    tiles: int
    support: Mapping[str, int]


@dataclass(frozen=True)
class ReadRuns:
    """What the child process of `import-runs` is told.

    `facts` maps a dataset version to its subsets; a version that is not imported is absent.
    """

    folder: str
    facts: Mapping[str, Mapping[str, SubsetFacts]] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedClass:
    """Scores of one class as the table says them; `flags` are its contradictions, a sentence each.

    Of a segmentation run they are scores over pixels: `support` and `predicted` count tiles, `f1` is Dice, and
    `details` are the other columns of the table under its names.
    """

    symbol: str
    threshold: float | None
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float
    ap: float | None
    auroc: float | None
    accuracy: float | None
    iou: float | None = None
    details: Mapping[str, float | None] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedEvaluation:
    """One run on one subset: global scores under the names that our own runs use, values as the table says them."""

    subset: Literal["test_id", "test_cd"]
    domain: Literal["in", "cross"]
    tile_count: int
    scores: Mapping[str, float]
    classes: tuple[PublishedClass, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedRun:
    """One published run. `version` is the dataset version it was trained and scored on."""

    name: str
    version: str
    task: Task
    network: str
    channels: tuple[str, ...]
    source_checksum: str
    evaluations: tuple[PublishedEvaluation, ...]
    seed: int | None = None
    specification: Mapping[str, Any] = field(default_factory=dict)
    specification_text: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    normalisation: Mapping[str, Any] = field(default_factory=dict)
    curves: tuple[Mapping[str, float | int], ...] = ()


@dataclass(frozen=True)
class RunsResult:
    """What `import-runs` found; `notes` say what was not read, and what looked wrong, a sentence each."""

    runs: tuple[PublishedRun, ...]
    notes: tuple[str, ...]
