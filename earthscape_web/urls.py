"""All routes: the pages, the API, map tiles, health, administration."""

from django.contrib import admin
from django.urls import include, path, re_path

from earthscape_web.api import UnknownRoute

urlpatterns = [
    path("admin/", admin.site.urls),
    re_path("^api/v1/?", include("earthscape_web.api")),
    re_path("^api/", UnknownRoute.as_view(), name="api-other"),
    path("maptiles/", include("apps.maptiles.urls")),
    re_path("^maptiles/", UnknownRoute.as_view(), name="maptiles-other"),
    path("", include("apps.pages.urls")),
]
