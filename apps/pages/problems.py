"""Domain errors raised on a page become a page that says what to do, with the status of the one table."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from earthscape_web.error_pages import STATUS_BY_ERROR, status_of
from workers.errors import EarthScapeError

API_PREFIXES = ("/api/", "/maptiles/")
HEADINGS = {
    400: "That could not be understood",
    403: "Your role does not allow this",
    404: "There is nothing here",
    409: "That is not possible now",
    413: "That is too large",
    429: "You have too many unfinished jobs",
    503: "The file store cannot be reached",
}


class ProblemPages:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, EarthScapeError) or request.path.startswith(API_PREFIXES):
            return None
        if not any(cls in STATUS_BY_ERROR for cls in type(error).__mro__):
            return None
        status = status_of(error)
        context = {"heading": HEADINGS[status], "explanation": str(error)}
        return render(request, "pages/problem.html", context, status=status)
