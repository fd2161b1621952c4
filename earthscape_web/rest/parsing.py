import json
import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MOST_DEPTH = 20
MOST_INTEGER = 2**63 - 1


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."


class StrictJSONParser(JSONParser):
    """JSON that the database can hold: no NUL, no lone surrogate, no number beyond 64 bits, nested at most 20 deep."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge
        return parse_strictly(raw)


def parse_strictly(raw: bytes) -> Any:
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ParseError(_too_deep()) from error
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from error
    for value, depth in _walk(data):
        _check(value, depth)
    return data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _too_deep() -> str:
    return f"The body is nested more than {MOST_DEPTH} deep."


def _walk(data: Any) -> Iterator[tuple[Any, int]]:
    """Yield every value and key with its depth, without recursion."""
    waiting = [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        yield value, depth
        if isinstance(value, dict):
            waiting.extend((key, depth + 1) for key in value)
            waiting.extend((part, depth + 1) for part in value.values())
        elif isinstance(value, list):
            waiting.extend((part, depth + 1) for part in value)


def _check(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH and isinstance(value, dict | list):
        raise ParseError(_too_deep())
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= char <= "\udfff" for char in value)):
        raise ParseError("A text holds a NUL or half of a surrogate pair.")
    if isinstance(value, int) and abs(value) > MOST_INTEGER:
        raise ParseError("A whole number does not fit into 64 bits.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ParseError("A number is too large.")
