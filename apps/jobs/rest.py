import re
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from apps.jobs.filters import JobFilter
from apps.jobs.kinds import job_kinds
from apps.jobs.logs import log_of
from apps.jobs.models import Job
from apps.jobs.serializers import JobKindSerializer, JobRequestSerializer, JobSerializer
from apps.jobs.services import InvalidParameters, cancel_job, retry_job, submit
from apps.jobs.streaming import stream_events

KEY_HEADER = "Idempotency-Key"
IDEMPOTENCY_KEY = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="The same key and content give the same job, not a second one.",
)
LAST_EVENT = OpenApiParameter("Last-Event-ID", int, OpenApiParameter.HEADER, description="Go on after this event.")
AFTER = OpenApiParameter("after", int, description="As Last-Event-ID, for clients that cannot set headers.")


@extend_schema(tags=["jobs"])
class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]):
    """Units of work. One sees one's own; an administrator sees all."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    permission_classes = [IsAuthenticated]
    filterset_class = JobFilter
    newest_first = True
    lookup_value_regex = "[0-9]{1,18}"
    query_parameters = ("after",)

    def get_queryset(self) -> QuerySet[Job]:
        return Job.objects.visible_to(self.request.user).select_related("owner")

    @extend_schema(
        request=JobRequestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: JobSerializer, 200: OpenApiResponse(JobSerializer, "The job that this key has made before.")},
    )
    def create(self, request: Request) -> Response:
        asked = JobRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key = request.headers.get(KEY_HEADER)
        try:
            job, created = submit(**asked.validated_data, owner=_user(request), idempotency_key=key)
        except InvalidParameters as error:
            raise ValidationError({"params": error.errors}) from error
        headers = {"Location": request.build_absolute_uri(f"/api/v1/jobs/{job.pk}")}
        return Response(JobSerializer(job).data, status=201 if created else 200, headers=headers)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel what waits, ask what runs to stop."""
        return Response(JobSerializer(cancel_job(job=self.get_object(), actor=_user(request))).data)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Queue a failed or cancelled job again."""
        return Response(JobSerializer(retry_job(job=self.get_object(), actor=_user(request))).data)

    @extend_schema(
        parameters=[LAST_EVENT, AFTER],
        responses={(200, "text/event-stream"): OpenApiTypes.STR, 204: OpenApiResponse(description="Nothing more.")},
    )
    @action(detail=True)
    def events(self, request: Request, pk: str) -> HttpResponseBase:
        """Server-sent events: each line of the log as it comes, then `finished` with the job."""
        return stream_events(self.get_object(), after=_after(request))

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    @action(detail=True)
    def log(self, request: Request, pk: str) -> HttpResponseBase:
        """The log as text."""
        lines = log_of(self.get_object(), reader=_user(request))
        return StreamingHttpResponse(lines, content_type="text/plain; charset=utf-8")


@extend_schema(tags=["jobs"])
class JobKindViewSet(viewsets.ViewSet):
    """What can be submitted, and with which parameters."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=JobKindSerializer(many=True), operation_id="job_kinds_list")
    def list(self, request: Request) -> Response:
        kinds = sorted(job_kinds().values(), key=lambda kind: kind.name)
        rows = [JobKindSerializer(kind, context={"user": request.user}).data for kind in kinds]
        return Response({"next": None, "previous": None, "results": rows})


def _user(request: Request) -> Any:
    return request.user


def _after(request: Request) -> int:
    text = request.headers.get("Last-Event-ID") or request.query_params.get("after") or "0"
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValidationError({"after": ["This must be the id of an event."]})
    return int(text)
