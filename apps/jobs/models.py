import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from apps.accounts.models import Role, User

MAX_ATTEMPTS = 3


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        if not isinstance(user, User):
            return self.none()
        return self if user.has_role(Role.ADMIN) else self.filter(owner=user)

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def expired(self) -> Self:
        """By the database's clock, the only one that all workers share."""
        return self.filter(state=JobState.RUNNING, lease_until__lt=Now())

    def claimable(self) -> Self:
        free = models.Q(state=JobState.QUEUED) | models.Q(state=JobState.RUNNING, lease_until__lt=Now())
        return self.filter(free, attempts__lt=MAX_ATTEMPTS, cancel_requested=False)

    def queued_since(self, least: timedelta) -> Self:
        """What has waited at least that long since it was published, or made; `age` says how long."""
        since = Coalesce("published_at", "created_at")
        age = models.ExpressionWrapper(Now() - since, output_field=models.DurationField())
        return self.filter(state=JobState.QUEUED).annotate(age=age).filter(age__gte=least)

    def held(self, *, pk: int, fence: int) -> Self:
        """The row of a job only while this fence still holds it."""
        return self.filter(pk=pk, fence=fence, state=JobState.RUNNING)


class Job(models.Model):
    """A unit of work someone asked for. This row is the truth; the broker carries only its id."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    params = models.JSONField(default=dict)
    input_manifest = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001  # null: unique only if given
    content_hash = models.CharField(max_length=64)
    queue = models.CharField(max_length=20)

    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(MAX_ATTEMPTS)])
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    cancel_requested = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    publish_count = models.PositiveIntegerField(default=0)

    stage = models.CharField(max_length=80, blank=True)
    fraction = models.FloatField(default=0.0, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=models.Q(attempts__lte=MAX_ATTEMPTS), name="job_attempts_bounded"),
            models.CheckConstraint(condition=models.Q(fraction__gte=0, fraction__lte=1), name="job_fraction_in_range"),
            models.CheckConstraint(
                condition=~models.Q(state=JobState.RUNNING) | models.Q(lease_until__isnull=False),
                name="job_running_has_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=UNFINISHED) | models.Q(finished_at__isnull=False),
                name="job_finished_has_time",
            ),
            models.UniqueConstraint(fields=["owner", "idempotency_key"], name="job_idempotency_key_once"),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="job_owner_newest"),
            models.Index(
                fields=["state", "lease_until"], condition=models.Q(state__in=UNFINISHED), name="job_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


class JobEvent(models.Model):
    """One line of a job's log: a report, a state change, or something the worker has to say."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    fence = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=JobState.choices)
    stage = models.CharField(max_length=80, blank=True)
    fraction = models.FloatField(default=0.0)
    message = models.TextField(blank=True)
    measures = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["job", "id"], name="job_event_order")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.stage} {self.message}"


class Worker(models.Model):
    """A worker process that has said it lives; `seen_at` is renewed every few seconds."""

    name = models.CharField(max_length=120, unique=True)
    queues = models.JSONField(default=list)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name
