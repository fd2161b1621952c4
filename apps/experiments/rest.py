from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status, viewsets
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.accounts.models import Role
from apps.accounts.sharing import SharingMixin
from apps.experiments.comparison import compare_rows, find_runs
from apps.experiments.filters import EvaluationFilter, PredictionFilter, RunFilter
from apps.experiments.models import ClassScore, Evaluation, Run, TilePrediction
from apps.experiments.naming import with_evaluation_names, with_run_names
from apps.experiments.parsing import BoundedMultiPartParser
from apps.experiments.serializers import (
    CompareQuery,
    Comparison,
    EvaluationSerializer,
    RunDetailSerializer,
    RunSerializer,
    RunUpload,
    TilePredictionSerializer,
)
from apps.experiments.uploading import upload_run
from apps.tiles.models import Tile, TileLabels
from workers.errors import NotFound, PermissionDenied


@extend_schema(tags=["runs"])
class RunViewSet(SharingMixin, viewsets.ReadOnlyModelViewSet[Run]):
    """Trained, published and uploaded models with their specifications."""

    queryset = Run.objects.none()
    filterset_class = RunFilter
    newest_first = True
    lookup_value_regex = "[^/]{1,160}"
    parser_classes = [*GenericAPIView.parser_classes, BoundedMultiPartParser]

    def get_serializer_class(self) -> type[BaseSerializer[Run]]:
        return RunSerializer if self.action == "list" else RunDetailSerializer

    def get_queryset(self) -> QuerySet[Run]:
        visible = with_run_names(Run.objects.visible_to(self.request.user), self.request.user)
        runs: QuerySet[Run] = (
            visible
            if self.action == "list"
            else visible.prefetch_related(Prefetch("evaluations", Evaluation.objects.visible_to(self.request.user)))
        )
        return runs

    def get_object(self) -> Run:
        """Find the run by id or name."""
        word = self.kwargs["pk"]
        if not word.isprintable():  # a NUL is nothing that the database could be asked for
            raise NotFound("There is no such run.")
        (found,) = find_runs([word], user=self.request.user)
        return self.filter_queryset(self.get_queryset()).get(pk=found.pk)

    def check_permissions(self, request: Request) -> None:
        """Refuse before the body is read."""
        super().check_permissions(request)
        if self.action == "create" and not request.user.has_role(Role.RESEARCHER):  # type: ignore[union-attr]  # signed in
            raise PermissionDenied("Only a researcher may upload a run.")

    @extend_schema(
        request={"multipart/form-data": RunUpload, "application/json": RunUpload}, responses={201: RunDetailSerializer}
    )
    def create(self, request: Request) -> Response:
        """Upload a model of your own: its specification and its probabilities, which are scored here.

        Every tile of each subset that appears must be there, and at least one test subset. Thresholds are those of
        the specification, else the best on validation if its tiles are there, else 0.5.
        """
        form = RunUpload(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        run = upload_run(
            owner=request.user,  # type: ignore[arg-type]  # signed in, or it would not come here
            specification=asked["specification"],
            content=asked["predictions"],
            visibility=asked["visibility"],
        )
        shown = self.get_serializer(self.get_queryset().get(pk=run.pk))
        return Response(shown.data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["runs"])
class EvaluationViewSet(viewsets.ReadOnlyModelViewSet[Evaluation]):
    """Runs scored on a subset: global scores, and scores by class with support."""

    queryset = Evaluation.objects.none()
    serializer_class = EvaluationSerializer
    filterset_class = EvaluationFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Evaluation]:
        scores = ClassScore.objects.select_related("map_unit").order_by("map_unit__mask_value")
        visible = with_evaluation_names(Evaluation.objects.visible_to(self.request.user), self.request.user)
        return visible.select_related("run").prefetch_related(Prefetch("class_scores", scores))


@extend_schema_view(get=extend_schema(tags=["tiles"], operation_id="tiles_predictions_list"))
class TilePredictions(ListAPIView[TilePrediction]):
    """What runs say of a tile, class by class, beside what its labels say."""

    queryset = TilePrediction.objects.none()
    serializer_class = TilePredictionSerializer
    filterset_class = PredictionFilter

    def get_queryset(self) -> QuerySet[TilePrediction]:
        evaluations = Evaluation.objects.visible_to(self.request.user)
        return (
            TilePrediction.objects.filter(tile=self.kwargs["pk"], evaluation__in=evaluations)
            .select_related("evaluation__run__label_revision", "evaluation__label_revision")
            .prefetch_related("evaluation__class_scores__map_unit")
        )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not Tile.objects.visible_to(request.user).filter(pk=kwargs["pk"]).exists():
            raise NotFound(f"There is no tile {kwargs['pk']}.")
        return super().list(request, *args, **kwargs)

    def get_serializer_context(self) -> dict[str, Any]:
        labels = TileLabels.objects.filter(tile=self.kwargs.get("pk"))
        return {**super().get_serializer_context(), "labels": {row.label_revision_id: row for row in labels}}


class CompareView(GenericAPIView[Run]):
    """Scores of chosen runs class by class, in one domain: numbers as stored, unrounded."""

    queryset = Run.objects.none()
    serializer_class = Comparison
    pagination_class = None
    detail = True
    query_parameters = ("runs", "domain")

    @extend_schema(tags=["runs"], operation_id="compare", parameters=[CompareQuery], responses=Comparison)
    def get(self, request: Request) -> Response:
        self.filter_queryset(self.get_queryset())
        form = CompareQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        rows = compare_rows(runs=asked["runs"], domain=asked["domain"], user=request.user)
        own = [row for row in rows if row["run"]["id"] is not None]
        return Response({"domain": asked["domain"], "rows": own})
