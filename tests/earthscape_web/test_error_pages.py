"""Problems are told as RFC 9457 has it, whatever part of the site finds them."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from apps.regions.models import Region
from earthscape_web import error_pages
from tests.conftest import Person
from workers import errors

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BrokenFile("a.csv", "no rows"), 400),
        (errors.UnsafeInput("no"), 400),
        (errors.PermissionDenied("no"), 403),
        (errors.NotFound("no"), 404),
        (errors.Conflict("no"), 409),
        (errors.QuotaExceeded("no"), 429),
        (errors.StoreUnavailable("no"), 503),
    ],
)
def test_each_error_has_its_status(error: errors.EarthScapeError, status: int) -> None:
    response = error_pages.problem_response(error, {})
    assert response is not None
    assert (response.status_code, response.data["detail"]) == (status, str(error))


def test_an_error_without_a_row_is_a_500() -> None:
    assert error_pages.problem_response(errors.LimitExceeded("memory"), {}) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/", "/api/v1regions", "/maptiles/other", "/api/v1/tiles/x"]
)
def test_an_unknown_route_is_a_problem(anonymous: APIClient, path: str) -> None:
    answer = anonymous.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)
    assert answer.json()["title"] == "Not found"


@pytest.mark.django_db
def test_a_wrong_method_names_the_right_ones(anonymous: APIClient, researcher: Person) -> None:
    answer = researcher.client.delete("/api/v1/regions")
    assert (answer.status_code, answer["Content-Type"], answer["Allow"]) == (405, PROBLEM, "GET, HEAD, OPTIONS")


@pytest.mark.django_db
def test_who_is_not_signed_in_is_asked_to(anonymous: APIClient) -> None:
    answer = anonymous.get("/api/v1/jobs")
    assert (answer.status_code, answer["Content-Type"], answer["WWW-Authenticate"]) == (401, PROBLEM, "Token")


@pytest.mark.django_db
def test_a_wrong_token_is_told() -> None:
    answer = APIClient(HTTP_AUTHORIZATION="Token wrong").get("/api/v1/regions")
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_503(anonymous: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Any:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(Region.objects, "visible_to", fail)
    answer = anonymous.get("/api/v1/regions")
    assert (answer.status_code, answer["Content-Type"]) == (503, PROBLEM)
    assert "statement" not in answer.json()["detail"]


@pytest.mark.django_db
def test_what_nobody_foresaw_is_a_500_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Any:
        raise KeyError("secret")

    monkeypatch.setattr(Region.objects, "visible_to", fail)
    answer = Client(raise_request_exception=False).get("/api/v1/regions")
    assert (answer.status_code, answer["Content-Type"]) == (500, PROBLEM)
    assert b"secret" not in answer.content


def test_what_django_refuses_itself_is_a_problem_under_the_api() -> None:
    answer = error_pages.bad_request(RequestFactory().get("/api/v1/"), ValueError("x"))
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/geo+json", "image/png", "nonsense"])
def test_what_the_reader_prefers_never_stands_in_the_way(anonymous: APIClient, accept: str) -> None:
    assert anonymous.get("/api/v1/channels", HTTP_ACCEPT=accept).status_code == 200
