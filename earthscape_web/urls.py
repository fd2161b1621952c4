"""All routes: the pages, the API, map tiles, health, administration."""

from django.contrib import admin
from django.urls import include, path, re_path

from apps.jobs.health import healthz, readyz
from apps.jobs.metrics import metrics
from earthscape_web.api import ApiIndex, UnknownRoute

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("earthscape_web.api_root")),
    re_path("^api/v1$", ApiIndex.as_view()),
    re_path("^api/", UnknownRoute.as_view(), name="api-other"),
    path("maptiles/", include("apps.maptiles.urls")),
    re_path("^maptiles/", UnknownRoute.as_view(), name="maptiles-other"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", include("apps.pages.urls")),
]

handler400 = "earthscape_web.error_pages.bad_request"
handler500 = "earthscape_web.error_pages.server_error"
