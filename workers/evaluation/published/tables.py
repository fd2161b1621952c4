"""The compiled tables of v1.1: one row per model and input, or per model, input and class."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from workers.errors import BrokenFile
from workers.evaluation.published.cells import Row, read_rows
from workers.evaluation.published.checks import TILES, checked
from workers.evaluation.published.configs import Config
from workers.evaluation.published.inputs import channels_of
from workers.evaluation.published.pixels import read_pixel_class
from workers.records.map_units import SYMBOLS
from workers.records.published import PublishedClass, PublishedEvaluation, PublishedRun, SubsetFacts, Task

VERSION = "earthscape-v1.1"
Facts = Mapping[str, SubsetFacts]
_TESTS: tuple[tuple[Literal["test_id", "test_cd"], Literal["in", "cross"], str], ...] = (
    ("test_id", "in", " (id)"),
    ("test_cd", "cross", " (cd)"),
)


@dataclass
class Entry:
    """All rows of one run: at most one of global scores, and one per class."""

    task: Task
    network: str
    input: str
    overall: Row | None = None
    classes: list[Row] = field(default_factory=list)
    config: Config | None = None

    @property
    def name(self) -> str:
        """The tables name a run by network and input alone; the version makes that unique."""
        return f"{self.network} {self.input} v1.1"


def find_tables(folder: Path) -> list[Path]:
    """Return the CSV tables of the folder and of its classification and segmentation folders."""
    patterns = ("*.csv", "classification/*.csv", "segmentation/*.csv")
    return sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file() and _is_table(path))


def _is_table(path: Path) -> bool:
    with path.open("rb") as stream:
        return (
            stream.readline(10_000).removeprefix(b"\xef\xbb\xbf").startswith((b"model,input,", b"model,encoder,input,"))
        )


def read_tables(paths: Iterable[Path], configs: Iterable[Config], facts: Facts) -> tuple[list[PublishedRun], list[str]]:
    """Return the runs of some tables and configurations, and what was not read.

    Raises:
        BrokenFile: a table is wrong, or one run stands in it twice.
    """
    entries: dict[str, Entry] = {}
    notes: list[str] = []
    for path in paths:
        _add_table(path, entries)
    for config in configs:
        entry = _known(entries, Entry(config.task, config.network, config.input))
        entry.config = config
        if not entry.overall and not entry.classes:
            notes.append(f"{config.path.name}: a configuration without scores; kept as a run without evaluations")
    return [_run(entry, facts, notes) for entry in entries.values()], notes


def _known(entries: dict[str, Entry], entry: Entry) -> Entry:
    """Return the entry that has this one's name, which is this one if there was none."""
    return entries.setdefault(entry.name, entry)


def _add_table(path: Path, entries: dict[str, Entry]) -> None:
    rows = read_rows(path)
    segmented, by_class = "encoder" in rows[0].cells, "class" in rows[0].cells
    for row in rows:
        network = " ".join(row.text(part) for part in (("model", "encoder") if segmented else ("model",)))
        task: Task = "segmentation" if segmented else "classification"
        entry = _known(entries, Entry(task, network, row.text("input")))
        if by_class:
            entry.classes.append(row)
        elif entry.overall:
            raise BrokenFile(path, f"{network} {entry.input} stands twice", row=row.line, column="input")
        else:
            entry.overall = row


def _run(entry: Entry, facts: Facts, notes: list[str]) -> PublishedRun:
    _check_classes(entry)
    config = entry.config
    thresholds = _thresholds(entry)
    if config and thresholds and not config.has_thresholds(thresholds):
        notes.append(f"{config.path.name}: its thresholds are not those of the table; the table's are kept")
    return PublishedRun(
        name=entry.name,
        version=VERSION,
        task=entry.task,
        network=entry.network,
        channels=config.channels if config else channels_of(entry.input),
        source_checksum=_checksum(entry),
        evaluations=tuple(_evaluations(entry, facts)),
        seed=config.seed if config else None,
        specification=config.data if config else {"model": entry.network, "input": entry.input},
        specification_text=config.text if config else "",
        thresholds=thresholds or (config.thresholds if config else {}),
        normalisation=config.normalisation if config else {},
    )


def _thresholds(entry: Entry) -> dict[str, float]:
    if entry.task == "segmentation":  # a pixel has the likeliest class
        return {}
    return {row.text("class"): row.number("decision threshold") for row in entry.classes}


def _check_classes(entry: Entry) -> None:
    """A run has each class once or none at all."""
    found = [row.text("class") for row in entry.classes]
    for row in entry.classes:
        if row.text("class") not in SYMBOLS or found.count(row.text("class")) > 1:
            reason = f"{row.text('class')!r} is no class, or stands twice for {entry.name}"
            raise BrokenFile(row.path, reason, row=row.line, column="class")
    if missing := [symbol for symbol in SYMBOLS if found and symbol not in found]:
        raise BrokenFile(entry.classes[0].path, f"{missing[0]} is missing for {entry.name}", column="class")


def _evaluations(entry: Entry, facts: Facts) -> Iterable[PublishedEvaluation]:
    if not entry.overall and not entry.classes:
        return
    read = read_pixel_class if entry.task == "segmentation" else _class
    for subset, domain, ending in _TESTS:
        row = entry.overall
        named = [column for column in row.cells if column.endswith(ending)] if row else []
        evaluation = PublishedEvaluation(
            subset=subset,
            domain=domain,
            tile_count=TILES,
            scores={column.removesuffix(ending): row.number(column) for column in named} if row else {},
            classes=tuple(read(row, ending) for row in entry.classes),
        )
        yield checked(evaluation, facts.get(subset), task=entry.task)


def _class(row: Row, ending: str) -> PublishedClass:
    return PublishedClass(
        symbol=row.text("class"),
        threshold=row.number("decision threshold"),
        support=row.count(f"ground truth{ending}"),
        predicted=row.count(f"predicted{ending}"),
        precision=row.number(f"precision{ending}"),
        recall=row.number(f"recall{ending}"),
        f1=row.number(f"f1{ending}"),
        ap=row.number(f"ap{ending}"),
        auroc=row.number(f"auroc{ending}"),
        accuracy=row.number(f"accuracy{ending}"),
    )


def _checksum(entry: Entry) -> str:
    digest = hashlib.sha256(entry.config.text.encode() if entry.config else b"")
    for row in filter(None, (entry.overall, *entry.classes)):
        digest.update(repr(sorted(row.cells.items())).encode())
    return digest.hexdigest()
