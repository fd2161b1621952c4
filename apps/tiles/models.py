from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from simple_history.models import HistoricalRecords

from apps.accounts.models import User
from apps.regions.models import WEB_MERCATOR, Region

# A slug may not hold the dot of `earthscape-v1.0`.
is_version_name = RegexValidator(r"^[A-Za-z0-9][-A-Za-z0-9_.]*\Z", "Letters, digits, hyphens, underscores and dots.")


class DatasetVersion(models.Model):
    """A set of tiles as published or made: footprints belong to it."""

    slug = models.CharField(max_length=60, unique=True, validators=[is_version_name])
    title = models.CharField(max_length=120)
    made = models.BooleanField(default=False)
    licence = models.CharField(max_length=60, blank=True)
    citation = models.CharField(max_length=400, blank=True)
    manifest = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class LabelRevision(models.Model):
    """Class areas and labels for the tiles of a dataset version. `classes` gives the order of every area array; a class
    is present where its area is above `threshold`.
    """

    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="label_revisions")
    slug = models.CharField(max_length=60, unique=True, validators=[is_version_name])
    classes = ArrayField(models.CharField(max_length=20))
    threshold = models.FloatField(default=0.0)
    checksum = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(threshold__gte=0, threshold__lt=1), name="label_threshold_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class TileQuerySet(models.QuerySet["Tile"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(region__in=Region.objects.visible_to(user))


class Tile(models.Model):
    """A square of the region's grid. A tile that was published without geometry has neither footprint nor window.

    `bounds` holds left, bottom, right, top in the region's CRS exactly as published; `footprint` is the same square in
    Web Mercator, where the spatial index lives. `col` and `row` are the offset of the window on the region's grid,
    `size` its side in pixels.
    """

    # The constraint and the indexes below begin with these columns: an index for the key alone would only cost space.
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="tiles", db_index=False)
    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="tiles", db_index=False)
    patch_id = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    footprint = models.PolygonField(srid=WEB_MERCATOR, null=True, blank=True)
    bounds = ArrayField(models.FloatField(), size=4, null=True, blank=True)
    col = models.PositiveIntegerField(null=True, blank=True)
    row = models.PositiveIntegerField(null=True, blank=True)
    size = models.PositiveSmallIntegerField(default=256)
    valid = models.BooleanField(default=True)
    validity_note = models.CharField(max_length=200, blank=True)

    history = HistoricalRecords()
    objects = TileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["dataset_version", "patch_id"], name="tile_once_per_version"),
            models.CheckConstraint(
                condition=models.Q(col=None, row=None) | models.Q(col__isnull=False, row__isnull=False),
                name="tile_window_whole_or_none",
            ),
            models.CheckConstraint(
                condition=models.Q(footprint=None, bounds=None)
                | models.Q(footprint__isnull=False, bounds__isnull=False),
                name="tile_footprint_with_bounds",
            ),
        ]
        indexes = [
            models.Index(fields=["region", "dataset_version", "number"], name="tile_region_order"),
            models.Index(fields=["region", "id"], name="tile_region_page"),
        ]

    def __str__(self) -> str:
        return self.patch_id


class TileLabels(models.Model):
    """Class areas (proportions of the tile) and labels of one tile in one label revision.

    `areas` stands in the order of the revision's classes, and so do `mask_areas`, the shares of the mask's pixels, of
    tiles that were processed here; `present` holds the positions (from 0) of the classes whose label is 1.
    """

    tile = models.ForeignKey(Tile, on_delete=models.CASCADE, related_name="labels")
    label_revision = models.ForeignKey(
        LabelRevision, on_delete=models.CASCADE, related_name="tile_labels", db_index=False
    )
    areas = ArrayField(models.FloatField())
    mask_areas = ArrayField(models.FloatField(), null=True, blank=True)
    present = ArrayField(models.SmallIntegerField(), default=list)

    class Meta:
        verbose_name_plural = "tile labels"
        constraints = [
            models.UniqueConstraint(fields=["label_revision", "tile"], name="labels_once_per_tile_and_revision")
        ]
        indexes = [GinIndex(fields=["present"], name="labels_present")]

    def __str__(self) -> str:
        return f"{self.tile_id} in {self.label_revision_id}"


class ChannelNorm(models.Model):
    """Published mean and standard deviation of a channel over a set of tiles of one region."""

    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="channel_norms")
    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="channel_norms")
    channel_name = models.CharField(max_length=60)
    mean = models.FloatField()
    std = models.FloatField()

    class Meta:
        ordering = ["region", "channel_name"]
        constraints = [
            models.UniqueConstraint(fields=["dataset_version", "region", "channel_name"], name="norm_once_per_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.region_id}: {self.channel_name}"
