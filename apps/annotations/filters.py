import django_filters

from apps.annotations.models import Annotation
from apps.regions.filters import BoxFilter, PointFilter


class AnnotationFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    region = django_filters.CharFilter(field_name="region__slug", max_length=60)
    map_unit = django_filters.CharFilter(field_name="map_unit__symbol", max_length=20)
    bbox = BoxFilter(field_name="geometry", lookup_expr="intersects", label="West, south, east, north in degrees.")
    contains = PointFilter(field_name="geometry", lookup_expr="intersects", label="Longitude, latitude in degrees.")

    class Meta:
        model = Annotation
        fields: list[str] = []
