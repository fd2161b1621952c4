"""Words, numbers and names out of a query string."""

from django.http import HttpRequest, QueryDict

MOST = 50


def words_in(query: QueryDict, name: str) -> str:
    """What a search field holds, without what no name can hold."""
    return "".join(letter for letter in query.get(name, "") if letter.isprintable()).strip()[:100]


def listed(request: HttpRequest, name: str) -> list[str]:
    """The words of `?name=a,b,c`, each once, in their order."""
    words = (word.strip() for word in request.GET.get(name, "").split(","))
    return list(dict.fromkeys(word for word in words if word and word.isprintable()))[:MOST]


def listed_numbers(request: HttpRequest, name: str) -> list[int]:
    """The row numbers among them; what is no number is left out."""
    return [int(word) for word in listed(request, name) if word.isascii() and word.isdecimal() and len(word) < 16]
