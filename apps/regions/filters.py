"""Filters by place. The query geometry is transformed, never the indexed column."""

import math
from typing import Any

import django_filters
from django import forms
from django.contrib.gis.geos import Point, Polygon
from django.core.exceptions import ValidationError

from apps.regions.geojson import WGS84
from apps.regions.models import Channel, Region

NORTHERNMOST = 85.06  # Web Mercator ends here


class DegreesField(forms.CharField):
    """Numbers parted by commas: longitude, latitude, longitude, ..."""

    def __init__(self, *, count: int, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)
        self.count = count

    def clean(self, value: Any) -> tuple[float, ...] | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            numbers = tuple(float(part) for part in text.split(","))
        except ValueError as error:
            raise ValidationError("These are not numbers parted by commas.") from error
        if len(numbers) != self.count:
            raise ValidationError(f"There must be {self.count} numbers, parted by commas.")
        if not all(_on_earth(number, is_latitude=index % 2 == 1) for index, number in enumerate(numbers)):
            raise ValidationError("Longitudes are from -180 to 180, latitudes from -85.06 to 85.06.")
        return numbers


def _on_earth(number: float, *, is_latitude: bool) -> bool:
    return math.isfinite(number) and abs(number) <= (NORTHERNMOST if is_latitude else 180)


class BoxField(DegreesField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(count=4, **kwargs)

    def clean(self, value: Any) -> Any:
        numbers = super().clean(value)
        if numbers is None:
            return None
        if numbers[0] > numbers[2] or numbers[1] > numbers[3]:
            raise ValidationError("The order is west, south, east, north.")
        box = Polygon.from_bbox((numbers[0], numbers[1], numbers[2], numbers[3]))
        box.srid = WGS84
        return box


class PointField(DegreesField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(count=2, **kwargs)

    def clean(self, value: Any) -> Any:
        numbers = super().clean(value)
        return Point(numbers[0], numbers[1], srid=WGS84) if numbers is not None else None


class BoxFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """`bbox=west,south,east,north` in degrees."""

    field_class = BoxField


class PointFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """`contains=longitude,latitude` in degrees."""

    field_class = PointField


class RegionFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    area = django_filters.CharFilter(max_length=60)
    origin = django_filters.ChoiceFilter(choices=Region.Origin.choices)
    bbox = BoxFilter(field_name="boundary", lookup_expr="intersects", label="West, south, east, north in degrees.")

    class Meta:
        model = Region
        fields: list[str] = []


class ChannelFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    modality = django_filters.CharFilter(max_length=20)
    kind = django_filters.ChoiceFilter(choices=[(kind, kind) for kind in ("continuous", "image", "binary", "class")])

    class Meta:
        model = Channel
        fields: list[str] = []
