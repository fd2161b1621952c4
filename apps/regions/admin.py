from typing import Any

from django.contrib import admin
from django.contrib.gis.db.models import GeometryField
from django.http import HttpRequest
from leaflet.admin import LeafletGeoAdminMixin

from apps.accounts.admin import ReadOnlyAdmin, RoleAdmin, SeenFilter
from apps.accounts.models import Role
from apps.regions.models import Channel, Region, RegionRaster, Source, Upload


class ShownOnMap(LeafletGeoAdminMixin):  # type: ignore[misc]  # an untyped base
    """A geometry on a map without tools; what a form sends for it is not taken either."""

    modifiable = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, GeometryField):
            field.disabled = True
        return field


@admin.register(Region)
class RegionAdmin(ShownOnMap, RoleAdmin):
    """Name, area, sharing. The grid and the boundary come from processing or import."""

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

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> list[str]:
        """Files and specifications say the name; one with a decimal point, s_2.5m, would pass for no slug."""
        return ["name"] if obj else []


@admin.register(RegionRaster)
class RegionRasterAdmin(ReadOnlyAdmin):
    seen_with = ("region",)
    list_display = ["region", "channel", "dtype", "size", "display_low", "display_high"]
    list_filter = [("region", SeenFilter)]
    list_select_related = ["region", "channel"]
    search_fields = ["channel__name", "region__slug"]


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    seen_with = ("region",)
    list_display = ["region", "role", "path", "size"]
    list_filter = ["role", ("region", SeenFilter)]
    list_select_related = ["region"]
    search_fields = ["path"]


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Owners delete theirs on the page of uploads, which removes the file as well."""

    view_role = Role.ADMIN
    list_display = ["reference", "name", "kind", "size", "owner", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]
