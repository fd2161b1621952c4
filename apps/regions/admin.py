from django.contrib import admin
from leaflet.admin import LeafletGeoAdminMixin

from apps.accounts.admin import ReadOnlyAdmin, RoleAdmin
from apps.regions.models import Channel, Region, RegionRaster, Source


@admin.register(Region)
class RegionAdmin(LeafletGeoAdminMixin, RoleAdmin):  # type: ignore[misc]  # untyped bases
    """Name, area, sharing. The grid and the boundary come from processing or import."""

    modifiable = False
    may_add = False
    list_display = ["name", "slug", "area", "origin", "visibility", "owner", "updated_at"]
    list_filter = ["area", "origin", "visibility"]
    list_select_related = ["owner"]
    search_fields = ["name", "slug", "area"]
    raw_id_fields = ["owner", "shared_with"]
    fields = ["name", "area", "visibility", "owner", "shared_with", "boundary", "slug", "origin", "crs"]
    readonly_fields = ["slug", "origin", "crs"]


@admin.register(Channel)
class ChannelAdmin(RoleAdmin):
    list_display = ["name", "title", "modality", "unit", "kind", "position"]
    list_filter = ["modality", "kind"]
    search_fields = ["name", "title"]


@admin.register(RegionRaster)
class RegionRasterAdmin(ReadOnlyAdmin):
    list_display = ["region", "channel", "dtype", "size", "display_low", "display_high"]
    list_filter = ["region"]
    list_select_related = ["region", "channel"]
    search_fields = ["channel__name", "region__slug"]


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    list_display = ["region", "role", "path", "size"]
    list_filter = ["role", "region"]
    list_select_related = ["region"]
    search_fields = ["path"]
