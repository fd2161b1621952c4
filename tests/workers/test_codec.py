import datetime
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from workers.errors import InvalidInput
from workers.records.codec import dumps, from_data, to_data


@dataclass(frozen=True)
class Point:
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Path:
    name: str
    kind: Literal["open", "closed"] = "open"
    points: tuple[Point, ...] = ()
    size: tuple[int, int] | None = None
    weights: dict[str, float] = field(default_factory=dict)
    closed: bool = False
    pages: Literal["all"] | int = "all"


WHOLE = Path("ring", "closed", (Point(1.0, 2.0), Point(3.0)), (4, 5), {"a": 0.5}, closed=True)


def test_a_record_comes_back_as_it_was() -> None:
    assert from_data(Path, to_data(WHOLE)) == WHOLE


def test_text_has_sorted_keys_whatever_the_order_of_fields() -> None:
    assert dumps(Point(1.0)) == '{"x": 1.0, "y": 0.0}'
    assert dumps({"b": 1, "a": 2}) == '{"a": 2, "b": 1}'


def test_defaults_fill_what_is_left_out() -> None:
    assert from_data(Path, {"name": "a"}) == Path("a")


def test_a_whole_number_is_taken_for_a_float() -> None:
    point = from_data(Point, {"x": 3})
    assert (point.x, type(point.x)) == (3.0, float)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"name": "a", "nmae": "b"},
            r"nmae: unknown field; known are name, kind, .*, pages; did you mean name\?",
        ),
        ({}, "name: missing"),
        ({"name": 1}, "name: expected text, got 1; put it in quotes"),
        ({"name": "a", "kind": "bent"}, "kind: 'bent' is not one of open, closed$"),
        ({"name": "a", "points": [{"x": 1}, {"x": "2"}]}, r"points\[1\].x: expected a number, got '2'"),
        ({"name": "a", "points": "xy"}, "points: expected a list, got 'xy'"),
        ({"name": "a", "size": [1]}, "size: expected 2 values, got 1"),
        ({"name": "a", "weights": {"a": None}}, "weights.a: expected a number, got nothing"),
        ({"name": "a", "size": [True, 1]}, r"size\[0\]: expected a whole number, got true"),
        ({"name": "a", "closed": 1}, "closed: expected true or false, got 1"),
        ({"name": "a", "kind": "close"}, r"kind: 'close' is not one of open, closed; did you mean closed\?"),
        ({"name": "a", "kind": True}, "kind: true is not one of open, closed"),
        ({"name": False}, "name: expected text, got false; put it in quotes"),
        ({"name": datetime.date(2021, 3, 1)}, "name: expected text, got 2021-03-01; put it in quotes"),
        ({"name": {"a": 1}}, "name: expected text, got `key: value` pairs$"),
        ({"name": "a", "weights": [1]}, "weights: expected `key: value` pairs, got a list"),
        ({"name": "a", "pages": "last"}, "pages: expected all or a whole number, got 'last'"),
        ({"name": "a", "pages": "x" * 500}, rf"pages: expected all or a whole number, got '{'x' * 79}\.\.\.$"),
        ({"name": "a", 1: 2, "b": 3}, "1: unknown field"),
        ({"name": "a", "points": [{"x": float("nan")}]}, r"points\[0\].x: nan is no finite number"),
        ({"name": "a", "weights": {"a": 10**400}}, "weights.a: the number is too large"),
        ({"name": "a", "size": [1, 16**6000]}, r"size\[1\]: the number is too large"),
        ({"name": "a", "kind": 16**6000}, "kind: a number that is too large is not one of open, closed"),
        ({"name": 16**6000}, "name: expected text, got a number that is too large"),
        ([], "Path: expected `key: value` pairs, got a list"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(data: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        from_data(Path, data)


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        dumps(Point(float("nan")))
