"""Records to JSON and back, checked against the annotations of the dataclass."""

import dataclasses
import datetime
import json
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from workers.errors import InvalidInput
from workers.records.nearest import did_you_mean

Record = TypeVar("Record")

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_LONGEST_SHOWN = 80
_MOST_BITS = 64


def to_data(record: Any) -> Any:
    """Return plain dicts, lists and scalars for a dataclass instance, recursively."""
    return dataclasses.asdict(record) if dataclasses.is_dataclass(record) and not isinstance(record, type) else record


def dumps(record: Any) -> str:
    """Return a record as JSON text with sorted keys, the form that checksums are taken of."""
    return json.dumps(to_data(record), sort_keys=True, allow_nan=False)


def from_data(cls: type[Record], data: Any, *, where: str = "") -> Record:
    """Build `cls` from plain data.

    Raises:
        InvalidInput: an unknown, missing or wrongly typed field; the message gives its path.
    """
    if not isinstance(data, Mapping):
        raise InvalidInput(f"{where or cls.__name__}: expected `key: value` pairs, got {_shown(data)}")
    hints = typing.get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]  # cls is a dataclass
    prefix = f"{where}." if where else ""
    if unknown := sorted(set(data) - set(fields), key=str):
        likely = did_you_mean(unknown[0], fields)
        raise InvalidInput(f"{prefix}{_key(unknown[0])}: unknown field; known are {', '.join(fields)}{likely}")
    values = {}
    for name, field in fields.items():
        if name in data:
            values[name] = _convert(hints[name], data[name], f"{prefix}{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InvalidInput(f"{prefix}{name}: missing")
    return cls(**values)


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _convert_union(get_args(hint), value, where)
    if origin is typing.Literal:
        return _choose(get_args(hint), value, where)
    if origin is tuple:
        return _convert_tuple(get_args(hint), value, where)
    if origin in (dict, Mapping) or (origin is not None and isinstance(origin, type) and issubclass(origin, Mapping)):
        return _convert_mapping(get_args(hint), value, where)
    if dataclasses.is_dataclass(hint):
        return from_data(typing.cast(type, hint), value, where=where)
    return _convert_scalar(hint, value, where)


def _convert_union(options: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in options:
        return None
    failures = []
    real = [option for option in options if option is not type(None)]
    for option in real:
        try:
            return _convert(option, value, where)
        except InvalidInput as error:
            failures.append(error)
    if len(failures) > 1:
        raise InvalidInput(f"{where}: expected {' or '.join(map(_in_words, real))}, got {_shown(value)}")
    raise failures[0]


def _in_words(option: Any) -> str:
    if get_origin(option) is typing.Literal:
        return " or ".join(map(str, get_args(option)))
    return _WORDS.get(option, str(option))


def _shown(value: Any) -> str:
    """A value in words, not endless: who sees it has written YAML or JSON and need not know what Python makes of it."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "`key: value` pairs"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return "a number that is too large"  # Python itself refuses to write one of many thousand digits
    plain = repr(value) if isinstance(value, str | float) else str(value)
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}..."


def _key(key: Any) -> str:
    return str(key)[:_LONGEST_SHOWN]


def _choose(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    if value not in choices:
        likely = did_you_mean(value, map(str, choices)) if isinstance(value, str) else ""
        raise InvalidInput(f"{where}: {_shown(value)} is not one of {', '.join(map(str, choices))}{likely}")
    return value


def _convert_tuple(items: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"{where}: expected a list, got {_shown(value)}")
    if len(items) == 2 and items[1] is Ellipsis:
        items = (items[0],) * len(value)
    if len(items) != len(value):
        raise InvalidInput(f"{where}: expected {len(items)} values, got {len(value)}")
    pairs = enumerate(zip(items, value, strict=True))
    return tuple(_convert(item, part, f"{where}[{index}]") for index, (item, part) in pairs)


def _convert_mapping(items: tuple[Any, ...], value: Any, where: str) -> dict[Any, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{where}: expected `key: value` pairs, got {_shown(value)}")
    return {_convert(items[0], key, where): _convert(items[1], part, f"{where}.{key}") for key, part in value.items()}


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    if hint is int and isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise InvalidInput(f"{where}: the number is too large")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = _as_float(value, where)
    if not isinstance(value, hint) or (hint is not bool and isinstance(value, bool)):
        quotes = "; put it in quotes" if hint is str and isinstance(value, int | float | datetime.date) else ""
        raise InvalidInput(f"{where}: expected {_WORDS.get(hint, hint)}, got {_shown(value)}{quotes}")
    if hint is float and not math.isfinite(value):
        raise InvalidInput(f"{where}: {value} is no finite number")
    return value


def _as_float(value: int, where: str) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise InvalidInput(f"{where}: the number is too large") from error
