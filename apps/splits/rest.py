from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.accounts.sharing import SharingMixin
from apps.splits.filters import SplitFilter, TileFilter
from apps.splits.measured import outdated_channels
from apps.splits.models import Split, SplitMember
from apps.splits.naming import with_sources
from apps.splits.serializers import SplitSerializer, SubsetStatisticsSerializer, TileDetailFeature
from apps.tiles import rest as tiles
from apps.tiles.models import Tile
from apps.tiles.serializers import TileFeature


@extend_schema(tags=["splits"])
class SplitViewSet(SharingMixin, viewsets.ReadOnlyModelViewSet[Split]):
    """Named partitions of tiles. The members of one are `tiles?split=NAME&subset=SUBSET`."""

    queryset = Split.objects.none()
    serializer_class = SplitSerializer
    filterset_class = SplitFilter
    lookup_field = "name"
    lookup_value_regex = "[-a-zA-Z0-9_.]{1,80}"

    def get_queryset(self) -> QuerySet[Split]:
        return with_sources(Split.objects.visible_to(self.request.user), self.request.user)

    @extend_schema(responses=SubsetStatisticsSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def statistics(self, request: Request, name: str) -> Response:
        """Of the channels over each subset that `measure-subset` has measured."""
        split = self.get_object()
        rows = split.statistics.select_related("channel")
        subsets = {row.subset: [each for each in rows if each.subset == row.subset] for row in rows}
        outdated = {subset: outdated_channels(split, subset, found) for subset, found in subsets.items()}
        told = SubsetStatisticsSerializer(rows, many=True, context={"outdated": outdated})
        return Response({"next": None, "previous": None, "results": told.data})


@extend_schema(tags=["tiles"])
class TileViewSet(tiles.TileViewSet):
    """Tiles as GeoJSON features, with class areas and labels in each label revision.

    A tile published without geometry has a null geometry, window and bounds. A single tile also tells its subset in
    each split.
    """

    filterset_class = TileFilter

    def get_serializer_class(self) -> type[BaseSerializer[Tile]]:
        return TileFeature if self.action == "list" else TileDetailFeature

    def get_queryset(self) -> QuerySet[Tile]:
        queryset = super().get_queryset()
        if self.action == "list":
            return queryset
        visible = SplitMember.objects.filter(split__in=Split.objects.visible_to(self.request.user))
        return queryset.prefetch_related(Prefetch("memberships", visible.select_related("split")))
