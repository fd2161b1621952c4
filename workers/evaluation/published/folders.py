"""The run folders of v1.0: metadata, training log, and scores in domain and cross domain."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workers.errors import BrokenFile
from workers.evaluation.published.cells import Row, read_rows
from workers.evaluation.published.checks import TILES, checked
from workers.evaluation.published.log import Curve, read_log
from workers.records.channels import canonical_name
from workers.records.map_units import SYMBOLS
from workers.records.published import PublishedClass, PublishedEvaluation, PublishedRun, SubsetFacts

VERSION = "earthscape-v1.0"
GLOBAL_NAMES = {
    "Overall Accuracy": "micro_accuracy",
    "Macro Precision": "macro_precision",
    "Macro Recall": "macro_recall",
    "Macro F1": "macro_f1",
    "Weighted Precision": "weighted_precision",
    "Weighted Recall": "weighted_recall",
    "Weighted F1": "weighted_f1",
    "Macro mAP": "macro_map",
    "Weighted mAP": "weighted_map",
    "Hamming Loss": "hamming_loss",
    "Subset Accuracy": "subset_accuracy",
}
_CLASS = re.compile(r"(?P<symbol>[A-Za-z0-9]+)(?: \((?P<threshold>[0-9]*\.?[0-9]+)\))?")


@dataclass(frozen=True)
class TestSet:
    """A test subset, its domain, and how its files end."""

    subset: Literal["test_id", "test_cd"]
    domain: Literal["in", "cross"]
    ending: str


TEST_SETS = (TestSet("test_id", "in", ""), TestSet("test_cd", "cross", "_hardin"))


def find_run_folders(folder: Path) -> list[Path]:
    """Return the run folders: the folder itself, those in it, or those in its `runs`."""
    places = ("metadata.json", "*/metadata.json", "runs/*/metadata.json")
    return sorted({path.parent for place in places for path in folder.glob(place) if _is_run(path.parent)})


def _is_run(folder: Path) -> bool:
    return (folder / "label_metrics_tuned.csv").is_file() or (folder / "global_metrics_tuned.csv").is_file()


def read_run_folder(folder: Path, facts: Mapping[str, SubsetFacts]) -> tuple[PublishedRun, list[str]]:
    """Return one run as its files say it, contradictions flagged, and what looked odd.

    Raises:
        BrokenFile: a file is missing or wrong.
    """
    text, metadata = _read_metadata(folder / "metadata.json")
    found = (_read_evaluation(folder, test, facts=facts.get(test.subset)) for test in TEST_SETS)
    evaluations = tuple(evaluation for evaluation in found if evaluation)
    tuned = [row for evaluation in evaluations[:1] for row in evaluation.classes]
    curves, notes = _read_curves(folder, metadata)
    run = PublishedRun(
        name=str(metadata.get("NAME") or folder.name),
        version=VERSION,
        task="classification",
        network=_network(metadata),
        channels=tuple(canonical_name(name) or name.removesuffix(".tif") for name in _modalities(metadata)),
        source_checksum=_checksum(folder),
        evaluations=evaluations,
        specification=metadata,
        specification_text=text,
        thresholds={row.symbol: row.threshold for row in tuned if row.threshold is not None},
        normalisation=_section(metadata, "MODALITIES").get("normalization values", {}),
        curves=tuple(curves),
    )
    return run, notes


def _read_metadata(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BrokenFile(path, f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise BrokenFile(path, "not a JSON object")
    return text, data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _section(metadata: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = metadata.get(name)
    return section if isinstance(section, Mapping) else {}


def _network(metadata: Mapping[str, Any]) -> str:
    model = _section(metadata, "MODEL")
    return " ".join(str(part) for part in (model.get("encoder"), model.get("weights")) if part)


def _modalities(metadata: Mapping[str, Any]) -> list[str]:
    groups = _section(metadata, "MODALITIES").get("modalities")
    lists = groups.values() if isinstance(groups, Mapping) else ()
    return [str(name) for names in lists if isinstance(names, list) for name in names]


def _read_evaluation(folder: Path, test: TestSet, *, facts: SubsetFacts | None) -> PublishedEvaluation | None:
    labels, overall = (folder / f"{kind}_metrics_tuned{test.ending}.csv" for kind in ("label", "global"))
    if not labels.is_file() and not overall.is_file():
        return None
    for path in (labels, overall):
        if not path.is_file():
            raise BrokenFile(path, "this file is missing")
    row = read_rows(overall)[0]
    evaluation = PublishedEvaluation(
        subset=test.subset,
        domain=test.domain,
        tile_count=TILES,
        scores={GLOBAL_NAMES.get(column, column): row.number(column) for column in row.cells},
        classes=_read_classes(labels),
    )
    return checked(evaluation, facts)


def _read_classes(path: Path) -> tuple[PublishedClass, ...]:
    classes = [_class(row) for row in read_rows(path)]
    found = [row.symbol for row in classes]
    for symbol in SYMBOLS:
        if found.count(symbol) != 1:
            raise BrokenFile(path, f"{symbol} stands {found.count(symbol)} times, expected once", column="Class")
    return tuple(classes)


def _class(row: Row) -> PublishedClass:
    match = _CLASS.fullmatch(row.text("Class"))
    if match is None or match["symbol"] not in SYMBOLS:
        raise BrokenFile(row.path, f"{row.text('Class')!r} is not a class", row=row.line, column="Class")
    return PublishedClass(
        symbol=match["symbol"],
        threshold=float(match["threshold"]) if match["threshold"] else None,
        support=row.count("Targets"),
        predicted=row.count("Predictions"),
        precision=row.number("Precision"),
        recall=row.number("Recall"),
        f1=row.number("F1"),
        ap=row.number("AP"),
        auroc=row.number("AUROC"),
        accuracy=row.number("Accuracy"),
    )


def _read_curves(folder: Path, metadata: Mapping[str, Any]) -> tuple[list[Curve], list[str]]:
    """Return the log's points; where the metadata has the same losses unrounded, those."""
    path = folder / "training_output.txt"
    points, notes = read_log(path) if path.is_file() else ([], [])
    training = _section(metadata, "TRAINING")
    for name, key in (("train_loss", "training loss"), ("val_loss", "validation loss")):
        values = training.get(key)
        if not isinstance(values, list) or not points:
            continue
        if _are_rounded([point.get(name) for point in points], values):
            for value, point in zip(values, points, strict=True):
                point[name] = value
        else:
            notes.append(f"{folder.name}: the {key} in metadata.json is not that of the log; the log's is kept")
    return points, notes


def _are_rounded(rounded: list[float | int | None], values: list[Any]) -> bool:
    """Tell whether the log's numbers, of four decimals, are these values rounded."""
    if len(rounded) != len(values) or not all(isinstance(value, float) for value in values):
        return False
    return all(r is not None and abs(value - r) < 1e-4 for r, value in zip(rounded, values, strict=True))


def _checksum(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".json", ".txt") and path.is_file():
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
