from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db import models
from django.core.validators import RegexValidator
from simple_history.models import HistoricalRecords

from apps.accounts.models import User
from apps.regions.models import WEB_MERCATOR, Region


class MapUnit(models.Model):
    """A class of surficial material."""

    symbol = models.CharField(max_length=20, unique=True)
    mask_value = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=80)
    colour = models.CharField(max_length=7, validators=[RegexValidator(r"^#[0-9a-f]{6}$")])

    class Meta:
        ordering = ["mask_value"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mask_value__gte=1, mask_value__lte=254), name="map_unit_mask_value_fits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} ({self.name})"


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(region__in=Region.objects.visible_to(user))


class Annotation(models.Model):
    """A map-unit polygon of a region. Every edit raises `revision` and leaves the earlier state in the history."""

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="annotations")
    map_unit = models.ForeignKey(MapUnit, on_delete=models.PROTECT, related_name="annotations")
    geometry = models.MultiPolygonField(srid=WEB_MERCATOR)
    revision = models.PositiveIntegerField(default=1)
    comment = models.CharField(max_length=400, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()
    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["region", "map_unit"], name="annotation_region_unit")]

    def __str__(self) -> str:
        return f"{self.map_unit.symbol} {self.pk}"
