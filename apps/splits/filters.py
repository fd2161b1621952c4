from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from rest_framework.exceptions import ValidationError

from apps.splits.models import Split, SplitMember, Subset
from apps.tiles import filters
from apps.tiles.models import Tile


class SplitFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    dataset_version = django_filters.CharFilter(method="of_version", max_length=60, label="Slug of a dataset version.")
    method = django_filters.CharFilter(max_length=40)

    class Meta:
        model = Split
        fields: list[str] = []

    def of_version(self, queryset: QuerySet[Split], name: str, value: str) -> QuerySet[Split]:
        return queryset.filter(dataset_version=filters.find_version(value, self.request.user))


class TileFilter(filters.TileFilter):
    """The filters of tiles and, as splits know tiles but not the other way round, those by split here."""

    split = django_filters.CharFilter(max_length=80, label="Name of a split.")
    subset = django_filters.ChoiceFilter(choices=Subset.choices, label="Subset of that split.")

    by_table = (*filters.TileFilter.by_table, "split", "subset")

    def filter_queryset(self, queryset: QuerySet[Tile]) -> QuerySet[Tile]:
        asked: dict[str, Any] = self.form.cleaned_data
        if asked["subset"] and not asked["split"]:
            raise ValidationError({"subset": ["Say with split which split is meant."]})
        queryset = super().filter_queryset(queryset)
        if not asked["split"]:
            return queryset
        members = SplitMember.objects.filter(tile=OuterRef("pk"), split=find_split(asked["split"], self.request.user))
        return queryset.filter(Exists(members.filter(subset=asked["subset"]) if asked["subset"] else members))


def find_split(name: str, user: Any) -> Split:
    return filters.found(Split.objects.visible_to(user).filter(name=name).first(), parameter="split", name=name)
