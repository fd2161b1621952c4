"""Where the REST interface stands: all that its schema describes."""

from django.urls import include, re_path

urlpatterns = [re_path("^api/v1/", include("earthscape_web.api"))]
