from collections.abc import Iterable
from typing import Any, TypeVar

import django_filters
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from rest_framework.exceptions import ValidationError

from apps.accounts.models import User
from apps.annotations.models import MapUnit
from apps.regions.filters import BoxFilter, PointFilter
from apps.regions.models import Region
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels

Found = TypeVar("Found")


class TileFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    region = django_filters.CharFilter(max_length=60, label="Slug of a region.")
    dataset_version = django_filters.CharFilter(max_length=60, label="Slug of a dataset version.")
    label_revision = django_filters.CharFilter(
        max_length=60, label="Slug of a label revision; without it, the newest of each dataset version."
    )
    patch_id = django_filters.CharFilter(max_length=60)
    bbox = BoxFilter(field_name="footprint", lookup_expr="intersects", label="West, south, east, north in degrees.")
    contains = PointFilter(field_name="footprint", lookup_expr="covers", label="Longitude, latitude in degrees.")
    map_unit = django_filters.CharFilter(max_length=20, label="Symbol of a class that the tile holds.")
    min_area = django_filters.NumberFilter(
        min_value=0, max_value=1, label="Least share of the tile that map_unit covers."
    )
    has_footprint = django_filters.BooleanFilter(field_name="footprint", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Tile
        fields: list[str] = []

    by_table: tuple[str, ...] = ("region", "dataset_version", "label_revision", "map_unit", "min_area")

    def filter_queryset(self, queryset: QuerySet[Tile]) -> QuerySet[Tile]:
        asked: dict[str, Any] = self.form.cleaned_data
        for name, value in asked.items():
            if name not in self.by_table:
                queryset = self.filters[name].filter(queryset, value)
        if asked["region"]:
            queryset = queryset.filter(region=self._visible_region(asked["region"]))
        if asked["dataset_version"]:
            version = find_version(asked["dataset_version"], self.request.user)
            queryset = queryset.filter(dataset_version=version)
        return self._filter_labels(queryset, asked)

    def _visible_region(self, slug: str) -> Any:
        return found(
            Region.objects.visible_to(self.request.user).filter(slug=slug).first(), parameter="region", name=slug
        )

    def _filter_labels(self, queryset: QuerySet[Tile], asked: dict[str, Any]) -> QuerySet[Tile]:
        if asked["map_unit"]:
            share = float(asked["min_area"] or 0)
            revisions = chosen_revisions(asked, self.request.user)
            return queryset.filter(holds(asked["map_unit"], revisions, least_area=share))
        if asked["min_area"] is not None:
            raise ValidationError({"min_area": ["Say with map_unit which class is meant."]})
        if asked["label_revision"]:
            revision = find_revision(asked["label_revision"], self.request.user)
            queryset = queryset.filter(Exists(TileLabels.objects.filter(tile=OuterRef("pk"), label_revision=revision)))
        return queryset


def found(value: Found | None, *, parameter: str, name: str) -> Found:
    """Return what a query parameter names, or refuse the request; what the asker may not see is refused likewise."""
    if value is None:
        raise ValidationError({parameter: [f"There is no {parameter.replace('_', ' ')} called {name!r}."]})
    return value


def find_version(slug: str, user: User | AnonymousUser) -> DatasetVersion:
    return found(versions_visible_to(user).filter(slug=slug).first(), parameter="dataset_version", name=slug)


def find_revision(slug: str, user: User | AnonymousUser) -> LabelRevision:
    revisions = LabelRevision.objects.filter(dataset_version__in=versions_visible_to(user))
    return found(revisions.filter(slug=slug).first(), parameter="label_revision", name=slug)


def chosen_revisions(asked: dict[str, Any], user: User | AnonymousUser) -> list[LabelRevision]:
    """Return the label revision asked for, or else the newest of each dataset version."""
    if asked.get("label_revision"):
        return [find_revision(asked["label_revision"], user)]
    newest = LabelRevision.objects.values("dataset_version").annotate(newest=Max("pk")).values("newest")
    return list(LabelRevision.objects.filter(pk__in=newest))


def holds(symbol: str, revisions: Iterable[LabelRevision], *, least_area: float) -> Q:
    """Return the condition that a tile holds a class: its label is 1 and it covers at least that share of the tile."""
    found(MapUnit.objects.filter(symbol=symbol).first(), parameter="map_unit", name=symbol)
    condition = Q(pk__in=[])
    for revision in revisions:
        if symbol in revision.classes:
            condition |= Q(_labelled(revision, revision.classes.index(symbol), least_area))
    return condition


def _labelled(revision: LabelRevision, position: int, least_area: float) -> Exists:
    labels = TileLabels.objects.filter(tile=OuterRef("pk"), label_revision=revision, present__contains=[position])
    return Exists(labels.filter(**{f"areas__{position}__gte": least_area}) if least_area else labels)
