from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models.functions import MD5
from django.utils.functional import cached_property

from apps.accounts.models import Role, User, VisibilityQuerySet, Visible
from apps.jobs.models import Job
from apps.regions.file_kinds import FileKind
from workers.records.channels import CATALOGUE, CHANNEL_NAMES, order_of
from workers.records.crs import length_unit
from workers.records.grids import Grid
from workers.records.wording import Wording, size_in_words, wording_in_region

WEB_MERCATOR = 3857


class RegionQuerySet(VisibilityQuerySet["Region"]):
    pass


class Region(Visible):
    """A mapped area with one raster grid. `area` is the domain it belongs to."""

    class Origin(models.TextChoices):
        PUBLISHED = "published", "Published"
        PROCESSED = "processed", "Processed from sources"
        MADE = "made", "Made for demonstration"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    area = models.CharField(max_length=60, db_index=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    crs = models.CharField(max_length=4000)
    origin_x = models.FloatField(null=True, blank=True)
    origin_y = models.FloatField(null=True, blank=True)
    pixel_size = models.FloatField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    boundary = models.MultiPolygonField(srid=WEB_MERCATOR, null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)
    quality = models.JSONField(default=dict, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(origin_x=None, origin_y=None, pixel_size=None, width=None, height=None)
                | models.Q(origin_x__isnull=False, origin_y__isnull=False, pixel_size__gt=0, width__gt=0, height__gt=0),
                name="region_grid_whole_or_none",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def grid(self) -> Grid | None:
        if self.width is None:
            return None
        values: Any = (self.origin_x, self.origin_y, self.pixel_size, self.width, self.height)
        return Grid(self.crs, *values)

    @property
    def pixel_in_words(self) -> str:
        """The side of a pixel with its unit; empty where no grid is known."""
        if self.pixel_size is None:
            return ""
        return size_in_words(self.pixel_size, length_unit(self.crs))


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The catalogue, and what regions that the user may see have beside it: a name can tell of what is closed."""
        if isinstance(user, User) and user.has_role(Role.ADMIN):
            return self
        regions = Region.objects.visible_to(user)
        shown = RegionRaster.objects.filter(channel=models.OuterRef("pk"), region__in=regions)
        return self.filter(models.Q(name__in=CHANNEL_NAMES) | models.Exists(shown))


class Channel(models.Model):
    """One band that a region may have, from the catalogue or added to it."""

    name = models.SlugField(max_length=40, unique=True)
    modality = models.CharField(max_length=20, db_index=True)
    title = models.CharField(max_length=120)
    unit = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=12, choices=[(k, k) for k in ("continuous", "image", "binary", "class")])
    published_name = models.CharField(max_length=40, blank=True)
    resolution = models.PositiveIntegerField(null=True, blank=True)
    window = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=len(CATALOGUE))

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class RegionRaster(models.Model):
    """One channel of one region: the analysis raster on the region's grid and its copy for display.

    Paths are relative to the store.
    """

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="rasters")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="rasters")
    path = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    display_path = models.CharField(max_length=500)
    display_sha256 = models.CharField(max_length=64)
    display_size = models.PositiveBigIntegerField()
    dtype = models.CharField(max_length=10)
    nodata = models.FloatField(null=True, blank=True)
    display_low = models.FloatField()
    display_high = models.FloatField()
    statistics = models.JSONField()
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["channel__position"]
        constraints = [models.UniqueConstraint(fields=["region", "channel"], name="raster_once_per_region_and_channel")]

    def __str__(self) -> str:
        return f"{self.region}: {self.channel}"

    @cached_property
    def wording(self) -> Wording:
        """The channel's title and unit in this region."""
        general = Wording(self.channel.title, self.channel.unit)
        region = self.region
        return wording_in_region(self.channel.name, general, crs=region.crs, pixel_size=region.pixel_size)


def in_order(rasters: Iterable[RegionRaster]) -> list[RegionRaster]:
    """In the catalogue's order; channels beside it stand with their family, by scale, the rest at the end."""

    def place(raster: RegionRaster) -> tuple[float, float, str]:
        family, scale, name = order_of(raster.channel.name)
        return (min(family, raster.channel.position), scale, name)

    return sorted(rasters, key=place)


class Source(models.Model):
    """A file that a region was made from. `path` is where it lay on the server, `upload:ID`, or its URL with what was
    taken from there behind a `#`.
    """

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="sources")
    role = models.CharField(max_length=20)
    path = models.TextField()
    bands = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["role", "path"]
        constraints = [  # of the path its MD5: a URL may be longer than an index takes
            models.UniqueConstraint("region", "role", MD5("path"), name="source_once_per_region")
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.path}"


def uploads_folder() -> Path:
    return Path(settings.EARTHSCAPE_STORE) / "uploads"


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        if not isinstance(user, User):
            return self.none()
        return self if user.has_role(Role.ADMIN) else self.filter(owner=user)


class Upload(models.Model):
    """A file that someone sent to make regions from. `name` is what they call it; on disk, and so in what is said about
    it, it is upload-ID, or source where it was sent before files were called so.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="uploads")
    name = models.CharField(max_length=255)
    folder = models.CharField(max_length=32, unique=True, editable=False)
    stem = models.CharField(max_length=32, default="source", editable=False)
    kind = models.CharField(max_length=12, choices=FileKind.choices)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What stands for the file in a specification."""
        return f"upload:{self.pk}"

    @property
    def path(self) -> Path:
        return uploads_folder() / self.folder / f"{self.stem}{FileKind(self.kind).suffix}"
