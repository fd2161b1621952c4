from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin, RoleAdmin, SeenFilter
from apps.splits.models import Split, SplitMember


@admin.register(Split)
class SplitAdmin(RoleAdmin):
    """Who may see a split. Its members are fixed by its checksum."""

    may_add = False
    list_display = ["name", "dataset_version", "method", "seed", "sizes", "visibility", "owner"]
    list_filter = ["visibility", ("dataset_version", SeenFilter)]
    list_select_related = ["dataset_version", "owner"]
    search_fields = ["name"]
    raw_id_fields = ["owner", "shared_with"]
    fields = ["visibility", "owner", "shared_with", "name", "dataset_version", "method", "seed", "sizes", "checksum"]
    readonly_fields = ["name", "dataset_version", "method", "seed", "sizes", "checksum"]


@admin.register(SplitMember)
class SplitMemberAdmin(ReadOnlyAdmin):
    seen_with = ("split", "tile")
    list_display = ["split", "tile", "subset"]
    list_filter = ["subset", ("split", SeenFilter)]
    list_select_related = ["split", "tile"]
    search_fields = ["^tile__patch_id"]
