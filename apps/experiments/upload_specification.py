"""The specification of an uploaded run. What the scores need is checked; the rest is kept as its author wrote it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.experiments.specification import LONGEST, LONGEST_NAME, check_run_name, read_mapping
from workers.errors import InvalidInput

MOST_CHANNELS = 200
LONGEST_WORD = 60
LONGEST_NETWORK = 80
MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class UploadSpecification:
    """What the upload reads of the specification; `document` is all of it."""

    name: str
    split: str
    label_revision: str | None
    network: str
    channels: tuple[str, ...]
    thresholds: Mapping[str, float] | None
    seed: int | None
    document: dict[str, Any]


def read_upload(specification: str | Mapping[str, Any]) -> UploadSpecification:
    """Return the specification of YAML or JSON text, or of a mapping.

    Raises:
        InvalidInput: a key that is missing or wrong, or something that JSON cannot hold.
    """
    document = _plain(read_mapping(specification) if isinstance(specification, str) else specification)
    return UploadSpecification(
        name=_name(document),
        split=_word(document, "split", longest=80) or _missing("split"),
        label_revision=_word(document, "label_revision", longest=LONGEST_WORD),
        network=_word(document, "network", longest=LONGEST_NETWORK) or "",
        channels=_channels(document.get("channels", [])),
        thresholds=_thresholds(document.get("thresholds")),
        seed=_seed(document.get("seed")),
        document=document,
    )


def _plain(data: Any) -> dict[str, Any]:
    """Return what the database can keep as JSON: no dates, no NaN, no NUL, no half characters."""
    try:
        text = json.dumps(data, allow_nan=False, ensure_ascii=False)
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"specification: not plain JSON data ({error})") from error
    if "\\u0000" in text or len(text) > LONGEST:
        raise InvalidInput(f"specification: it holds a NUL, or more than {LONGEST} characters")
    document: dict[str, Any] = json.loads(text)
    return document


def _name(document: Mapping[str, Any]) -> str:
    name = _word(document, "name", longest=LONGEST_NAME) or _missing("name")
    check_run_name(name)
    return name


def _word(document: Mapping[str, Any], key: str, *, longest: int) -> str | None:
    value = document.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise InvalidInput(f"{key}: 1 to {longest} printable characters")
    return value.strip()


def _missing(key: str) -> str:
    raise InvalidInput(f"{key}: missing")


def _channels(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [None]
    if len(names) > MOST_CHANNELS or not all(isinstance(name, str) and 0 < len(name) <= LONGEST_WORD for name in names):
        raise InvalidInput("channels: a list of names")
    return tuple(names)


def _thresholds(value: Any) -> dict[str, float] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(_is_share(number) for number in value.values()):
        raise InvalidInput("thresholds: one number from 0 to 1 for each class")
    return {symbol: float(number) for symbol, number in value.items()}


def _is_share(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= 1


def _seed(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_SEED):
        raise InvalidInput("seed: a whole number of 64 bits")
    return value
