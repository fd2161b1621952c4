from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.accounts.models import User, Visibility, VisibilityQuerySet, Visible
from apps.annotations.models import MapUnit
from apps.jobs.models import Job
from apps.splits.models import Split, Subset
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import DatasetVersion, LabelRevision, Tile


class RunQuerySet(VisibilityQuerySet["Run"]):
    def sources_visible_to(self, user: User | AnonymousUser) -> Q:
        """Its split or, where none is known, its dataset version if one is."""
        elsewhere = Q(dataset_version=None) | Q(dataset_version__in=versions_visible_to(user))
        return Q(split__in=Split.objects.visible_to(user)) | Q(elsewhere, split=None)


class Run(Visible):
    """One trained, imported or uploaded model with its whole specification."""

    class Origin(models.TextChoices):
        TRAINED = "trained", "Trained here"
        PUBLISHED = "published", "Published"
        UPLOADED = "uploaded", "Uploaded predictions"

    name = models.CharField(max_length=160, unique=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    made = models.BooleanField(default=False)
    task = models.CharField(max_length=20, default="classification")
    network = models.CharField(max_length=80, blank=True)
    channels = ArrayField(models.CharField(max_length=60), default=list)
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, null=True, related_name="runs")
    label_revision = models.ForeignKey(LabelRevision, on_delete=models.PROTECT, null=True, related_name="runs")
    split = models.ForeignKey(Split, on_delete=models.PROTECT, null=True, related_name="runs")
    split_checksum = models.CharField(max_length=64, blank=True)
    specification = models.JSONField(default=dict)
    specification_text = models.TextField(blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    code_version = models.CharField(max_length=64, blank=True)
    source_checksum = models.CharField(max_length=64, blank=True)
    thresholds = models.JSONField(default=dict)
    normalisation = models.JSONField(default=dict)
    curves = models.JSONField(default=list)
    parameters = models.PositiveBigIntegerField(null=True, blank=True)
    checkpoint_path = models.CharField(max_length=500, blank=True)
    checkpoint_sha256 = models.CharField(max_length=64, blank=True)
    checkpoint_size = models.PositiveBigIntegerField(null=True, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_segmentation(self) -> bool:
        """Whether its scores are over pixels, not over tiles."""
        return self.task == "segmentation"

    def widest(self) -> Visibility:
        """That of the least open split that it was scored on, or of a region under one."""
        splits = Split.objects.filter(Q(pk=self.split_id) | Q(evaluations__run=self)).distinct()
        found = [limit for split in splits for limit in (Visibility(split.visibility), split.widest())]
        return min(found, key=lambda visibility: visibility.openness, default=Visibility.PUBLIC)


class Domain(models.TextChoices):
    IN = "in", "In domain"
    CROSS = "cross", "Cross domain"


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Scores on another split than the run's own ask for that split too."""
        own = Q(split=None) | Q(split=models.F("run__split"))
        return self.filter(own | Q(split__in=Split.objects.visible_to(user)), run__in=Run.objects.visible_to(user))


class Evaluation(models.Model):
    """One run scored on one subset. `scores` are the global scores; `flags` say what contradicts itself."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="evaluations")
    split = models.ForeignKey(Split, on_delete=models.PROTECT, null=True, related_name="evaluations")
    subset = models.CharField(max_length=8, choices=Subset.choices)
    domain = models.CharField(max_length=5, choices=Domain.choices)
    label_revision = models.ForeignKey(LabelRevision, on_delete=models.PROTECT, null=True, related_name="evaluations")
    tile_count = models.PositiveIntegerField()
    scores = models.JSONField(default=dict)
    flags = models.JSONField(default=list)
    predictions_path = models.CharField(max_length=500, blank=True)
    predictions_sha256 = models.CharField(max_length=64, blank=True)
    predictions_size = models.PositiveBigIntegerField(null=True, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "split", "subset"], nulls_distinct=False, name="evaluation_once_per_subset"
            ),
            models.CheckConstraint(condition=models.Q(subset__in=Subset.values), name="evaluation_subset_known"),
            models.CheckConstraint(condition=models.Q(domain__in=Domain.values), name="evaluation_domain_known"),
        ]
        indexes = [models.Index(fields=["domain", "run"], name="evaluation_domain_run")]

    def __str__(self) -> str:
        return f"{self.run_id} on {self.subset}"


class ClassScore(models.Model):
    """Scores of one class in one evaluation, as stored by the source, unrounded. None where a score is not defined.

    Of a segmentation run they are scores over pixels: `support` and `predicted` count tiles, `f1` is Dice, and
    `details` are the other columns of its source under their names there.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="class_scores", db_index=False)
    map_unit = models.ForeignKey(MapUnit, on_delete=models.PROTECT, related_name="+")
    threshold = models.FloatField(null=True)
    support = models.PositiveIntegerField()
    predicted = models.PositiveIntegerField()
    precision = models.FloatField(null=True)
    recall = models.FloatField(null=True)
    f1 = models.FloatField(null=True)
    ap = models.FloatField(null=True)
    auroc = models.FloatField(null=True)
    accuracy = models.FloatField(null=True)
    iou = models.FloatField(null=True)
    details = models.JSONField(default=dict)
    flags = models.JSONField(default=list)

    class Meta:
        ordering = ["map_unit__mask_value"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "map_unit"], name="class_score_once"),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id}: {self.map_unit_id}"


class TilePrediction(models.Model):
    """The probabilities of one tile in one evaluation, in the order of the label revision's classes."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="predictions", db_index=False)
    tile = models.ForeignKey(Tile, on_delete=models.CASCADE, related_name="predictions")
    probabilities = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evaluation", "tile"], name="prediction_once_per_tile")]

    def __str__(self) -> str:
        return f"{self.evaluation_id}: {self.tile_id}"
