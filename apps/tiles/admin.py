from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.admin import HistoryAdmin, ReadOnlyAdmin, RoleAdmin, SeenFilter, acting
from apps.accounts.models import Role
from apps.regions.admin import ShownOnMap
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import ChannelNorm, DatasetVersion, LabelRevision, Tile, TileLabels


@admin.register(DatasetVersion)
class DatasetVersionAdmin(RoleAdmin):
    may_add = False
    may_delete = False
    list_display = ["slug", "title", "made", "licence", "created_at"]
    search_fields = ["slug", "title"]
    readonly_fields = ["slug", "made", "manifest", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """An administrator sees also those that no tile is left of."""
        rows = super().get_queryset(request)
        return rows if acting(request).has_role(Role.ADMIN) else rows & versions_visible_to(acting(request))


@admin.register(LabelRevision)
class LabelRevisionAdmin(ReadOnlyAdmin):
    seen_with = ("dataset_version",)
    list_display = ["slug", "dataset_version", "classes", "threshold", "created_at"]
    list_select_related = ["dataset_version"]


@admin.register(Tile)
class TileAdmin(ShownOnMap, HistoryAdmin):
    """A curator says whether a tile may be used, and why not; its place comes from the grid."""

    change_role = Role.CURATOR
    may_add = False
    may_delete = False
    list_display = ["patch_id", "region", "dataset_version", "number", "valid", "validity_note"]
    list_filter = ["valid", ("region", SeenFilter), ("dataset_version", SeenFilter)]
    list_select_related = ["region", "dataset_version"]
    search_fields = ["^patch_id"]
    fields = ["patch_id", "region", "dataset_version", "number", "footprint", "valid", "validity_note"]
    readonly_fields = ["patch_id", "region", "dataset_version", "number"]


@admin.register(TileLabels)
class TileLabelsAdmin(ReadOnlyAdmin):
    seen_with = ("tile",)
    list_display = ["tile", "label_revision", "present"]
    list_filter = [("label_revision", SeenFilter)]
    list_select_related = ["tile", "label_revision"]
    search_fields = ["^tile__patch_id"]


@admin.register(ChannelNorm)
class ChannelNormAdmin(ReadOnlyAdmin):
    seen_with = ("region",)
    list_display = ["channel_name", "region", "dataset_version", "mean", "std"]
    list_filter = [("dataset_version", SeenFilter), ("region", SeenFilter)]
    list_select_related = ["region", "dataset_version"]
    search_fields = ["channel_name"]
