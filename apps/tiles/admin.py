from django.contrib import admin
from leaflet.admin import LeafletGeoAdminMixin
from simple_history.admin import SimpleHistoryAdmin

from apps.accounts.admin import ReadOnlyAdmin, RoleAdmin
from apps.accounts.models import Role
from apps.tiles.models import ChannelNorm, DatasetVersion, LabelRevision, Tile, TileLabels


@admin.register(DatasetVersion)
class DatasetVersionAdmin(RoleAdmin):
    may_add = False
    may_delete = False
    list_display = ["slug", "title", "made", "licence", "created_at"]
    search_fields = ["slug", "title"]
    readonly_fields = ["slug", "made", "manifest", "created_at"]


@admin.register(LabelRevision)
class LabelRevisionAdmin(ReadOnlyAdmin):
    list_display = ["slug", "dataset_version", "classes", "created_at"]
    list_select_related = ["dataset_version"]


@admin.register(Tile)
class TileAdmin(LeafletGeoAdminMixin, RoleAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # untyped bases
    """A curator says whether a tile may be used, and why not; its place comes from the grid."""

    change_role = Role.CURATOR
    may_add = False
    may_delete = False
    list_display = ["patch_id", "region", "dataset_version", "number", "valid", "validity_note"]
    list_filter = ["valid", "region", "dataset_version"]
    list_select_related = ["region", "dataset_version"]
    search_fields = ["^patch_id"]
    fields = ["patch_id", "region", "dataset_version", "number", "footprint", "valid", "validity_note"]
    readonly_fields = ["patch_id", "region", "dataset_version", "number"]
    object_history_list_template = "admin/history_list.html"  # the package's has an inline style


@admin.register(TileLabels)
class TileLabelsAdmin(ReadOnlyAdmin):
    list_display = ["tile", "label_revision", "present"]
    list_filter = ["label_revision"]
    list_select_related = ["tile", "label_revision"]
    search_fields = ["^tile__patch_id"]


@admin.register(ChannelNorm)
class ChannelNormAdmin(ReadOnlyAdmin):
    list_display = ["channel_name", "region", "dataset_version", "mean", "std"]
    list_filter = ["dataset_version", "region"]
    list_select_related = ["region", "dataset_version"]
    search_fields = ["channel_name"]
