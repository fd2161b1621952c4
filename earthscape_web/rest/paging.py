import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

DEFAULT_SIZE = 100
MOST_SIZE = 500
CURSOR = re.compile(r"([np])((?:\.-?\d{1,18})+)", re.ASCII)


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the key of the row before it (`n`, going on) or after it (`p`, going back)."""

    backwards: bool = False
    key: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str, *, length: int) -> "Cursor":
        match = CURSOR.fullmatch(text)
        key = tuple(int(part) for part in match[2].split(".")[1:]) if match else ()
        if match is None or len(key) != length:
            raise ValidationError({"cursor": ["This is not a cursor of this list."]})
        return cls(match[1] == "p", key)

    def __str__(self) -> str:
        return ".".join(["p" if self.backwards else "n", *map(str, self.key)])


class KeysetPagination(BasePagination):
    """Pages by key, so that the last page of three million rows costs what the first one does.

    A view may set `keyset` (fields of whole numbers, unique together) and `newest_first`.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.request = request
        self.keyset: tuple[str, ...] = getattr(view, "keyset", ("pk",))
        self.descending: bool = getattr(view, "newest_first", False)
        self.size = page_size(request)
        text = request.query_params.get("cursor")
        self.cursor = Cursor.parse(text, length=len(self.keyset)) if text is not None else Cursor()
        rows = list(self._following(queryset)[: self.size + 1])
        self.has_more = len(rows) > self.size
        rows = rows[: self.size]
        self.page = rows[::-1] if self.cursor.backwards else rows
        return self.page

    def _following(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        falling = self.descending != self.cursor.backwards
        queryset = queryset.order_by(*[f"-{name}" if falling else name for name in self.keyset])
        return queryset.filter(self._beyond("lt" if falling else "gt")) if self.cursor.key else queryset

    def _beyond(self, comparison: str) -> Q:
        """Return (a, b) > (x, y) as a > x or (a = x and b > y)."""
        condition, equal = Q(), Q()
        for name, value in zip(self.keyset, self.cursor.key, strict=True):
            condition |= equal & Q(**{f"{name}__{comparison}": value})
            equal &= Q(**{name: value})
        return condition

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next(), "previous": self._previous(), "results": data})

    def _next(self) -> str | None:
        if not self.page or not (self.cursor.backwards or self.has_more):
            return None
        return self._link(self.page[-1], backwards=False)

    def _previous(self) -> str | None:
        came_from_before = bool(self.cursor.key) if not self.cursor.backwards else self.has_more
        return self._link(self.page[0], backwards=True) if self.page and came_from_before else None

    def _link(self, row: Model, *, backwards: bool) -> str:
        cursor = Cursor(backwards, tuple(getattr(row, name) for name in self.keyset))
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", str(cursor)))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            _parameter("cursor", {"type": "string"}, "A place in the list, as given by next and previous."),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": MOST_SIZE, "default": DEFAULT_SIZE},
                "Rows on a page.",
            ),
        ]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(DEFAULT_SIZE))
    if re.fullmatch(r"[0-9]{1,3}", text) and 1 <= int(text) <= MOST_SIZE:
        return int(text)
    raise ValidationError({"page_size": [f"This must be a whole number from 1 to {MOST_SIZE}."]})
