from django.urls import path, re_path

from apps.maptiles.raster_views import RasterMapTile, RasterTileJSON
from apps.maptiles.vector_views import VectorMapTile, VectorTileJSON

ZXY = r"(?P<z>[0-9]{1,2})/(?P<x>[0-9]{1,8})/(?P<y>[0-9]{1,8})"
RASTER = r"raster/(?P<region>[-\w]+)/(?P<channel>[-\w.+]+)"  # s_2.5m is the slope at 2.5 m

urlpatterns = [
    re_path(rf"^{RASTER}/tilejson\.json$", RasterTileJSON.as_view(), name="raster-tilejson"),
    re_path(rf"^{RASTER}/{ZXY}\.png$", RasterMapTile.as_view(), name="raster-map-tile"),
    path("vector/<slug:layer>/tilejson.json", VectorTileJSON.as_view(), name="vector-tilejson"),
    re_path(rf"^vector/(?P<layer>[-\w]+)/{ZXY}\.pbf$", VectorMapTile.as_view(), name="vector-map-tile"),
]
