from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


def page_of(request: HttpRequest, items: Any, *, size: int) -> Page[Any]:
    """The page the request asks for; one out of range becomes the nearest there is."""
    return Paginator(items, size).get_page(request.GET.get("page"))
