from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Role
from apps.annotations.editing import change_annotation, create_annotation, delete_annotation
from apps.annotations.filters import AnnotationFilter
from apps.annotations.models import Annotation, MapUnit
from apps.annotations.serializers import (
    AnnotationChange,
    AnnotationFeature,
    AnnotationStateSerializer,
    MapUnitSerializer,
    NewAnnotation,
    SeenRevision,
)
from apps.regions.geojson import geojson_of
from apps.regions.models import Region
from workers.errors import PermissionDenied

WRITES = ("create", "partial_update", "destroy")


@extend_schema(tags=["annotations"])
class MapUnitViewSet(viewsets.ReadOnlyModelViewSet[MapUnit]):
    """The classes of surficial material with their colours and values in the mask."""

    queryset = MapUnit.objects.all()
    serializer_class = MapUnitSerializer
    keyset = ("mask_value",)
    lookup_field = "symbol"
    lookup_value_regex = "[-a-zA-Z0-9_.]{1,20}"


@extend_schema(tags=["annotations"])
class AnnotationViewSet(viewsets.GenericViewSet[Annotation]):
    """Map-unit polygons as GeoJSON features. Curators change them, each naming the revision that they saw."""

    queryset = Annotation.objects.none()
    serializer_class = AnnotationFeature
    filterset_class = AnnotationFilter
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def query_parameters(self) -> tuple[str, ...]:
        return ("revision",) if self.action == "destroy" else ()

    def get_queryset(self) -> QuerySet[Annotation]:
        visible = Annotation.objects.visible_to(self.request.user).select_related("region", "map_unit")
        return visible.annotate(geometry_json=geojson_of("geometry")).defer("geometry", "region__boundary")

    def check_permissions(self, request: Request) -> None:
        """Refuse before the body is read, so that a wrong body tells nothing."""
        super().check_permissions(request)
        if self.action in WRITES and not request.user.has_role(Role.CURATOR):  # type: ignore[union-attr]  # signed in
            raise PermissionDenied("Only a curator may change annotations.")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=NewAnnotation, responses={201: AnnotationFeature})
    def create(self, request: Request) -> Response:
        asked = _checked(NewAnnotation(data=request.data))
        region = Region.objects.visible_to(request.user).filter(slug=asked["region"]).first()
        if region is None:
            raise ValidationError({"region": [f"There is no region called {asked['region']!r}."]})
        annotation = create_annotation(actor=_curator(request), **(asked | {"region": region}))
        return Response(self._shown(annotation.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request=AnnotationChange, responses=AnnotationFeature)
    def partial_update(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        asked = _checked(AnnotationChange(data=request.data))
        change_annotation(actor=_curator(request), pk=found.pk, revision=asked.pop("revision"), changes=asked)
        return Response(self._shown(found.pk))

    @extend_schema(parameters=[OpenApiParameter("revision", int, required=True)])
    def destroy(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        asked = _checked(SeenRevision(data=request.query_params))
        delete_annotation(actor=_curator(request), pk=found.pk, revision=asked["revision"])
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=AnnotationStateSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def history(self, request: Request, pk: str) -> Response:
        """Its states, newest first, the last hundred."""
        states = self.get_object().history.select_related("map_unit", "history_user")[:100]
        told = AnnotationStateSerializer(states, many=True, context=self.get_serializer_context())
        return Response({"next": None, "previous": None, "results": told.data})

    def _shown(self, pk: int) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=pk)).data


def _curator(request: Request) -> Any:
    return request.user


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
