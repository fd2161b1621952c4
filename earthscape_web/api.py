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
from apps.jobs.rest import JobKindViewSet, JobViewSet
from apps.maptiles.tile_channels import TileChannels, TileThumbnail
from apps.regions.rest import ChannelViewSet, RegionViewSet
from apps.regions.rest_uploads import UploadViewSet
from apps.splits.rest import SplitViewSet, TileViewSet
from apps.tiles.rest import DatasetVersionViewSet
from earthscape_web.rest.schema import DocsView, SchemaView
from workers.errors import NotFound

CREDIT = {
    "title": "EarthScape: A Multimodal Dataset for Surficial Geologic Mapping and Earth Surface Analysis",
    "authors": ["Matthew Massey", "Abdullah-Al-Zubaer Imran"],
    "year": 2025,
    "doi": "10.13023/kgs.data.05.01.2025",
    "url": "https://doi.org/10.13023/kgs.data.05.01.2025",
    "licence": "CC-BY-4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "citation": (
        "Massey, M., and Imran, A.-A.-Z., 2025, EarthScape: A multimodal dataset for surficial geologic mapping and "
        "Earth surface analysis: Kentucky Geological Survey, https://doi.org/10.13023/kgs.data.05.01.2025."
    ),
}
OTHERS = ("compare", "schema", "docs")
TILE = "^tiles/(?P<pk>[0-9]{1,18})"


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
router.register("splits", SplitViewSet, basename="split")
router.register("runs", RunViewSet, basename="run")
router.register("evaluations", EvaluationViewSet, basename="evaluation")
router.register("jobs", JobViewSet, basename="job")
router.register("uploads", UploadViewSet, basename="upload")
router.register("job-kinds", JobKindViewSet, basename="job-kind")


class ApiIndex(APIView):
    """What there is, and whom to credit for the published data."""

    @extend_schema(tags=["index"], operation_id="index", responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        base = request.build_absolute_uri("/api/v1/")
        links = {name: f"{base}{name}/" for name in [*(row[0] for row in router.registry), *OTHERS]}
        return Response({"name": "EarthScape Web", "version": "1.0.0", "links": links, "dataset": CREDIT})


@extend_schema(exclude=True)
class UnknownRoute(APIView):
    """Any other path under /api/: problem details instead of a page."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(f"There is no {request.path}.")


urlpatterns: list[URLPattern | URLResolver] = [
    re_path("^$", ApiIndex.as_view(), name="api-index"),
    re_path("^schema/?$", SchemaView.as_view(), name="api-schema"),
    re_path("^docs/?$", DocsView.as_view(), name="api-docs"),
    re_path("^compare/?$", CompareView.as_view(), name="compare"),
    re_path(rf"{TILE}/predictions/?$", TilePredictions.as_view(), name="tile-predictions"),
    re_path(rf"{TILE}/channels/?$", TileChannels.as_view(), name="tile-channels"),
    re_path(rf"{TILE}/channels/(?P<channel>[-\w.+]{{1,40}})\.png$", TileThumbnail.as_view(), name="tile-thumbnail"),
    path("", include(router.urls)),
    re_path("", UnknownRoute.as_view(), name="api-unknown"),
]
