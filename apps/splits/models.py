from collections import Counter

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef

from apps.accounts.models import User, Visibility, VisibilityQuerySet, Visible
from apps.jobs.models import Job
from apps.regions.models import Channel, Region
from apps.tiles.models import DatasetVersion, Tile, is_version_name
from workers.splits.checksum import checksum_of


class SplitQuerySet(VisibilityQuerySet["Split"]):
    def sources_visible_to(self, user: User | AnonymousUser) -> models.Q:
        """All of its regions; one of which none is known is drawn from who knows where."""
        regions = Split.regions.through.objects.filter(split=OuterRef("pk"))
        seen = Region.objects.visible_to(user)
        return models.Q(Exists(regions)) & ~models.Q(Exists(regions.exclude(region__in=seen)))


class Split(Visible):
    """A named partition of tiles. The checksum is taken over the sorted pairs of patch_id and subset."""

    name = models.CharField(max_length=80, unique=True, validators=[is_version_name])
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="splits")
    method = models.CharField(max_length=40)
    seed = models.BigIntegerField(null=True, blank=True)
    params = models.JSONField(default=dict)
    checksum = models.CharField(max_length=64)
    sizes = models.JSONField(default=dict)
    dropped = models.PositiveIntegerField(default=0)
    regions = models.ManyToManyField(Region, related_name="splits", editable=False)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SplitQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def widest(self) -> Visibility:
        """That of the least open region that it has a tile of."""
        found = map(Visibility, self.regions.values_list("visibility", flat=True))
        return min(found, key=lambda visibility: visibility.openness, default=Visibility.PUBLIC)

    def note_members(self) -> None:
        """Take checksum, sizes and regions from the members as they are stored."""
        members = list(self.members.values_list("tile__patch_id", "subset"))
        counts = Counter(subset for _, subset in members)
        self.checksum, self.sizes = checksum_of(members), dict.fromkeys(self.sizes, 0) | counts
        self.save(update_fields=["checksum", "sizes"])
        self.note_regions()

    def note_regions(self) -> None:
        """Keep which regions its members lie in: who may see it hangs on that. To be called when members changed."""
        self.regions.set(Region.objects.filter(pk__in=self.members.values("tile__region")))


class Subset(models.TextChoices):
    TRAIN = "train", "Training"
    VAL = "val", "Validation"
    TEST_ID = "test_id", "Test, in domain"
    TEST_CD = "test_cd", "Test, cross domain"


class SplitMember(models.Model):
    """One tile in one subset of a split."""

    split = models.ForeignKey(Split, on_delete=models.CASCADE, related_name="members", db_index=False)
    tile = models.ForeignKey(Tile, on_delete=models.CASCADE, related_name="memberships")
    subset = models.CharField(max_length=8, choices=Subset.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["split", "tile"], name="member_once_per_split"),
            models.CheckConstraint(condition=models.Q(subset__in=Subset.values), name="member_subset_known"),
        ]
        indexes = [models.Index(fields=["split", "subset", "tile"], name="member_subset")]

    def __str__(self) -> str:
        return f"{self.tile_id}: {self.subset}"


class SubsetStatistics(models.Model):
    """Of one channel over the tiles of one subset, as `ChannelStatistics` has them; a pixel counts in every tile that
    holds it. `rasters` stands for the content of the rasters that they were measured on.
    """

    split = models.ForeignKey(Split, on_delete=models.CASCADE, related_name="statistics", db_index=False)
    subset = models.CharField(max_length=8, choices=Subset.choices)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    tiles = models.PositiveIntegerField()
    statistics = models.JSONField()
    rasters = models.CharField(max_length=64, default="")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["split", "subset", "channel__position", "channel__name"]
        constraints = [
            models.UniqueConstraint(fields=["split", "subset", "channel"], name="subset_channel_measured_once"),
        ]
        verbose_name_plural = "subset statistics"

    def __str__(self) -> str:
        return f"{self.split_id}, {self.subset}: {self.channel_id}"
