from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

PAGING = ("cursor", "page_size")


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no types
    """Refuses a query parameter that no filter of the list knows: a misspelt one must not return everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> Any:
        if getattr(view, "detail", False):
            refuse_unknown(request, known=getattr(view, "query_parameters", ()))
            return queryset
        filterset_class = self.get_filterset_class(view, queryset)
        filters = tuple(filterset_class.base_filters) if filterset_class else ()
        refuse_unknown(request, known=(*filters, *PAGING))
        return super().filter_queryset(request, queryset, view)


def refuse_unknown(request: Request, *, known: tuple[str, ...]) -> None:
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        choices = f"Known are {', '.join(known)}." if known else "None is known here."
        raise ValidationError({unknown[0][:100]: [f"This query parameter is unknown. {choices}"]})
