"""Numbers and names out of a query string."""

from django.http import HttpRequest

MOST = 50


def listed(request: HttpRequest, name: str) -> list[str]:
    """The words of `?name=a,b,c`, each once, in their order."""
    words = (word.strip() for word in request.GET.get(name, "").split(","))
    return list(dict.fromkeys(word for word in words if word))[:MOST]


def listed_numbers(request: HttpRequest, name: str) -> list[int]:
    """The row numbers among them; what is no number is left out."""
    return [int(word) for word in listed(request, name) if word.isascii() and word.isdecimal() and len(word) < 16]
