"""Which HTTP status each error means, in one table, and how it is told: to programs as problem details (RFC 9457)."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from workers import errors

logger = logging.getLogger(__name__)

STATUS_BY_ERROR: dict[type[errors.EarthScapeError], int] = {
    errors.InvalidInput: 400,
    errors.GridMismatch: 400,
    errors.UnsafeInput: 400,
    errors.TooLarge: 413,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.QuotaExceeded: 429,
    errors.StoreUnavailable: 503,
}

PROBLEM_TYPE = "application/problem+json"
API_PREFIXES = ("/api/", "/maptiles/")
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Error",
    503: "Unavailable",
}


def status_of(error: errors.EarthScapeError) -> int:
    """Return the status of the nearest class in the table."""
    return next(STATUS_BY_ERROR[cls] for cls in type(error).__mro__ if cls in STATUS_BY_ERROR)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a domain error or one of REST framework's into problem details; None leaves the error to Django as a 500."""
    if isinstance(error, errors.EarthScapeError):
        return _domain_problem(error)
    if isinstance(error, OperationalError | InterfaceError):
        logger.error("The database failed a request.", exc_info=error)
        return problem(503, detail="The database does not answer, or not in time. Try again, or ask for less.")
    if isinstance(error, RequestDataTooBig):
        return problem(413, detail="The body is too large.")
    if isinstance(error, SuspiciousOperation):
        return problem(400, detail="The request cannot be read.")
    response = exception_handler(error, context)
    return None if response is None else _framework_problem(error, response)


def _domain_problem(error: errors.EarthScapeError) -> Response | None:
    if not any(cls in STATUS_BY_ERROR for cls in type(error).__mro__):
        return None
    set_rollback()
    return problem(status_of(error), detail=str(error))


def _framework_problem(error: Exception, response: Response) -> Response:
    extra: dict[str, Any] = {}
    detail = str(getattr(error, "detail", error)) or TITLES.get(response.status_code, "")
    if isinstance(error, exceptions.ValidationError):
        detail, extra = "The request is not valid.", {"errors": error.detail}
    reply = problem(response.status_code, detail=detail, **extra)
    for name, value in response.items():
        if name.lower() not in ("content-type", "content-length"):
            reply[name] = value
    return reply


def _body(status: int, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}


def problem(status: int, *, detail: str, **extra: Any) -> Response:
    """Return a problem details response."""
    return Response(_body(status, detail) | extra, status=status, content_type=PROBLEM_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django refuses before any view sees it."""
    if not request.path.startswith(API_PREFIXES):
        return defaults.bad_request(request, exception)
    body = _body(400, "The request cannot be read.")
    return JsonResponse(body, status=400, content_type=PROBLEM_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw. The log has it; the answer tells nothing."""
    if not request.path.startswith(API_PREFIXES):
        return defaults.server_error(request)
    body = _body(500, "Something went wrong here. It is in the log.")
    return JsonResponse(body, status=500, content_type=PROBLEM_TYPE)
