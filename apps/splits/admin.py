from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.admin import ReadOnlyAdmin, RoleAdmin, SeenFilter
from apps.splits.models import Split, SplitMember
from apps.splits.naming import with_sources


@admin.register(Split)
class SplitAdmin(RoleAdmin):
    """Who may see a split. Its members are fixed by its checksum."""

    may_add = False
    list_display = ["name", "version_name", "method", "seed", "sizes", "visibility", "owner"]
    list_filter = ["visibility", ("dataset_version", SeenFilter)]
    list_select_related = ["owner"]
    search_fields = ["name"]
    raw_id_fields = ["owner", "shared_with"]
    fields = ["visibility", "owner", "shared_with", "name", "version_name", "method", "seed", "sizes", "checksum"]
    readonly_fields = ["name", "version_name", "method", "seed", "sizes", "checksum"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_sources(super().get_queryset(request), request.user)

    @admin.display(description="dataset version")
    def version_name(self, split: Any) -> str | None:
        """Empty where the user may not see it."""
        name: str | None = split.version_name
        return name


@admin.register(SplitMember)
class SplitMemberAdmin(ReadOnlyAdmin):
    seen_with = ("split", "tile")
    list_display = ["split", "tile", "subset"]
    list_filter = ["subset", ("split", SeenFilter)]
    list_select_related = ["split", "tile"]
    search_fields = ["^tile__patch_id"]
