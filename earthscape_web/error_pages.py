"""Which HTTP status each error means, in one table, and how it is told: problem details (RFC 9457) for the API, a page for people."""

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from workers import errors

STATUS_BY_ERROR: dict[type[errors.EarthScapeError], int] = {
    errors.InvalidInput: 400,
    errors.GridMismatch: 400,
    errors.UnsafeInput: 400,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.QuotaExceeded: 429,
    errors.StoreUnavailable: 503,
}

PROBLEM_TYPE = "application/problem+json"


def status_of(error: errors.EarthScapeError) -> int:
    """Return the status of the nearest class in the table."""
    return next(STATUS_BY_ERROR[cls] for cls in type(error).__mro__ if cls in STATUS_BY_ERROR)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a domain error or one of REST framework's into problem details; None leaves the error to Django as a 500."""
    if isinstance(error, errors.EarthScapeError):
        if not any(cls in STATUS_BY_ERROR for cls in type(error).__mro__):
            return None
        return problem(status_of(error), detail=str(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    extra: dict[str, Any] = {}
    detail = str(getattr(error, "detail", error))
    if isinstance(error, exceptions.ValidationError):
        detail, extra = "The request is not valid.", {"errors": error.detail}
    reply = problem(response.status_code, detail=detail, **extra)
    for name, value in response.items():
        if name.lower() not in ("content-type", "content-length"):
            reply[name] = value
    return reply


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
    503: "Unavailable",
}


def problem(status: int, *, detail: str, **extra: Any) -> Response:
    """Return a problem details response."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail, **extra}
    return Response(body, status=status, content_type=PROBLEM_TYPE)
