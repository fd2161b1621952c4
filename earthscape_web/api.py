"""The routes of the REST interface, version 1. Each answers with and without the trailing slash."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from apps.annotations.rest import AnnotationViewSet, MapUnitViewSet
from apps.experiments.rest import CompareView, EvaluationViewSet, RunViewSet, TilePredictions
from apps.maptiles.tile_channels import TileChannels, TileThumbnail
from apps.jobs.rest import JobKindViewSet, JobViewSet
from apps.regions.rest import ChannelViewSet, RegionViewSet
from apps.splits.rest import SplitViewSet, TileViewSet
from apps.tiles.rest import DatasetVersionViewSet
from workers.errors import NotFound

CREDIT = {
    "title": "EarthScape: A Multimodal Dataset for Surficial Geologic Mapping and Earth Surface Analysis",
    "authors": ["Matthew Massey", "Abdullah-Al-Zubaer Imran"],
    "year": 2025,
    "doi": "10.13023/kgs.data.05.01.2025",
    "licence": "CC-BY-4.0",
    "citation": (
        "Massey, M., and Imran, A.-A.-Z., 2025, EarthScape: Kentucky Geological Survey, doi:10.13023/kgs.data.05.01.2025."
    ),
}


class Router(SimpleRouter):
    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


router = Router()
router.register("regions", RegionViewSet, basename="region")
router.register("channels", ChannelViewSet, basename="channel")
router.register("map-units", MapUnitViewSet, basename="map-unit")
router.register("annotations", AnnotationViewSet, basename="annotation")
router.register("dataset-versions", DatasetVersionViewSet, basename="dataset-version")
router.register("tiles", TileViewSet, basename="tile")
router.register("runs", RunViewSet, basename="run")
router.register("evaluations", EvaluationViewSet, basename="evaluation")
router.register("splits", SplitViewSet, basename="split")
router.register("jobs", JobViewSet, basename="job")
router.register("job-kinds", JobKindViewSet, basename="job-kind")


class ApiIndex(APIView):
    """What there is, and whom to credit."""

    @extend_schema(tags=["index"], responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        base = request.build_absolute_uri("/api/v1/")
        names = [prefix for prefix, _, _ in router.registry]
        links = {name: f"{base}{name}/" for name in [*names, "schema", "docs"]}
        return Response({"name": "EarthScape Web", "version": "1.0.0", "links": links, "dataset": CREDIT})


@extend_schema(exclude=True)
class UnknownRoute(APIView):
    """Any other path under /api/: problem details instead of a page."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(f"There is no {request.path}.")


urlpatterns: list[URLPattern | URLResolver] = [
    re_path("^$", ApiIndex.as_view(), name="api-index"),
    path("", include(router.urls)),
    re_path("^compare/?$", CompareView.as_view(), name="compare"),
    re_path("^tiles/(?P<pk>[0-9]{1,18})/predictions/?$", TilePredictions.as_view(), name="tile-predictions"),
    re_path("^tiles/(?P<pk>[0-9]{1,18})/channels/?$", TileChannels.as_view(), name="tile-channels"),
    re_path(
        r"^tiles/(?P<pk>[0-9]{1,18})/channels/(?P<channel>[-\w]{1,40})\.png$", TileThumbnail.as_view(), name="tile-thumbnail"
    ),
    re_path("", UnknownRoute.as_view(), name="api-unknown"),
]
