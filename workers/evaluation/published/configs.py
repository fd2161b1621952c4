"""The `config.yml` of a v1.1 run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from workers.errors import BrokenFile, UnsafeInput
from workers.records.channels import canonical_name

LARGEST_FILE = 2**20


@dataclass(frozen=True)
class Config:
    """A configuration: its text, and what of it is asked for by name."""

    path: Path
    text: str
    data: Mapping[str, Any]
    task: Literal["classification", "segmentation"]
    network: str
    input: str
    channels: tuple[str, ...]
    normalisation: Mapping[str, Any]
    thresholds: Mapping[str, float]
    seed: int | None

    def has_thresholds(self, thresholds: Mapping[str, float]) -> bool:
        """Tell whether these are its thresholds to the seven digits that the tables keep."""
        if self.thresholds.keys() != thresholds.keys():
            return False
        return all(abs(self.thresholds[symbol] - value) < 1e-6 for symbol, value in thresholds.items())


def find_configs(folder: Path) -> list[Path]:
    """Return the configurations of the folder, of its `configs` and of the run folders in it."""
    patterns = ("*.yml", "configs/*.yml", "*/config.yml", "runs/*/config.yml")
    return sorted({path for pattern in patterns for path in folder.glob(pattern)})


def read_config(path: Path) -> Config:
    """Return one configuration.

    Raises:
        BrokenFile: not YAML of plain values, or not the configuration of a run.
        UnsafeInput: larger than 1 MiB.
    """
    if path.stat().st_size > LARGEST_FILE:  # a parser in Python would take minutes
        raise UnsafeInput(f"{path} is larger than {LARGEST_FILE >> 20} MiB")
    text, data = _load(path)
    model, task = _part(path, data, "model"), _part(path, data, "experiment").get("task")
    inputs = _part(path, _part(path, data, "data"), "input")
    if len(inputs) != 1 or task not in ("classification", "segmentation"):
        raise BrokenFile(path, "one input and a task of classification or segmentation are expected")
    [(name, source)] = inputs.items()
    seed = data["experiment"].get("seed")
    names = [model.get("model_name"), model.get("encoder_name")]
    return Config(
        path=path,
        text=text,
        data=data,
        task=task,
        network=" ".join(str(part) for part in names if part),
        input=str(name),
        channels=tuple(canonical_name(str(c)) or str(c) for c in _list(path, source, "channels")),
        normalisation={"mean": _list(path, source, "mean"), "std": _list(path, source, "sd")},
        thresholds=_thresholds(path, data),
        seed=seed if isinstance(seed, int) else None,
    )


def _load(path: Path) -> tuple[str, dict[str, Any]]:
    """Aliases are refused: a few lines of them stand for more text than there is memory."""
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise BrokenFile(path, "aliases are not read")
        data = yaml.safe_load(text)
        json.dumps(data, allow_nan=False)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise BrokenFile(path, f"not YAML of plain values: {error}") from error
    if not isinstance(data, dict):
        raise BrokenFile(path, "not a mapping")
    return text, data


def _part(path: Path, data: Any, name: str) -> Mapping[str, Any]:
    part = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(part, Mapping):
        raise BrokenFile(path, "not a mapping", column=name)
    return part


def _list(path: Path, data: Any, name: str) -> list[Any]:
    part = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(part, list):
        raise BrokenFile(path, "not a list", column=name)
    return part


def _thresholds(path: Path, data: Mapping[str, Any]) -> dict[str, float]:
    section = data.get("eval")
    if not isinstance(section, Mapping) or not section.get("thresholds"):
        return {}
    symbols, values = _list(path, section, "labels"), _list(path, section, "thresholds")
    if len(symbols) != len(values) or not all(isinstance(value, float) for value in values):
        raise BrokenFile(path, "one number for each label is expected", column="thresholds")
    return {str(symbol): value for symbol, value in zip(symbols, values, strict=True)}
