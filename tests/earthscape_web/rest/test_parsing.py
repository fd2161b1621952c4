"""Bodies that the database cannot hold, or that cost too much to read."""

import pytest
from rest_framework.exceptions import ParseError

from earthscape_web.rest.parsing import parse_strictly
from tests.conftest import Person


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 50_000 + b"]" * 50_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"[" * 21 + b"]" * 21,
        b'{"a": "x\\u0000"}',
        b'{"x\\u0000": 1}',
        b'"\\ud800"',
        b"9" * 5000,
        b"9223372036854775808",
        b"1e999",
        b"NaN",
        b"-Infinity",
        b"{",
        b"",
        b"\xff\xfe",
        b"{} {}",
    ],
    ids=lambda raw: raw[:12],
)
def test_what_cannot_be_held_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_strictly(raw)


def test_twenty_deep_and_64_bits_are_taken() -> None:
    assert parse_strictly(b"[" * 20 + b"]" * 20)
    assert parse_strictly(b'{"a": [9223372036854775807, "\\u00e4", 1e300]}') == {"a": [2**63 - 1, "ä", 1e300]}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["annotations", "runs", "jobs"])
def test_a_deep_body_is_400_at_every_endpoint(curator: Person, path: str) -> None:
    deep = b'{"params":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    answer = curator.client.post(f"/api/v1/{path}", deep, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_413(curator: Person) -> None:
    body = b'{"region": "' + b"x" * 3_000_000 + b'"}'
    answer = curator.client.post("/api/v1/annotations", body, content_type="application/json")
    assert answer.status_code == 413


@pytest.mark.django_db
def test_another_media_type_is_415(curator: Person) -> None:
    assert curator.client.post("/api/v1/annotations", b"<a/>", content_type="application/xml").status_code == 415
