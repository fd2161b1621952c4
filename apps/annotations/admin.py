from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from leaflet.admin import LeafletGeoAdminMixin

from apps.accounts.admin import HistoryAdmin, RoleAdmin, SeenFilter, rows_seen
from apps.accounts.models import Role
from apps.annotations.geometry import check_within
from apps.annotations.models import Annotation, MapUnit
from workers.errors import InvalidInput


@admin.register(MapUnit)
class MapUnitAdmin(RoleAdmin):
    """Symbol and mask value stay: labels, masks and specifications of runs hold them."""

    list_display = ["symbol", "name", "mask_value", "colour"]
    search_fields = ["symbol", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: MapUnit | None = None) -> list[str]:
        return ["symbol", "mask_value"] if obj else []


if TYPE_CHECKING:  # generic for the type checker alone
    AnnotationModelForm = forms.ModelForm[Annotation]
else:
    AnnotationModelForm = forms.ModelForm


class AnnotationForm(AnnotationModelForm):
    """Carries the revision that the curator saw, so that of two who saw the same one the second is told."""

    class Meta:
        model = Annotation
        fields = ["region", "map_unit", "geometry", "comment", "revision"]
        widgets = {"revision": forms.HiddenInput}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.instance.pk:
            self._check_revision(data.get("revision"))
        if self.instance.pk and "geometry" not in self.changed_data:
            data["geometry"] = self.instance.geometry  # the map gives it back with another last digit
        if data.get("geometry") and data.get("region"):
            self._check_place(data)
        return data

    def _check_revision(self, seen: int | None) -> None:
        current = Annotation.objects.select_for_update(of=("self",)).get(pk=self.instance.pk).revision
        if seen != current:
            self.add_error(None, "Someone else has changed this annotation since you opened it. Load the page again.")

    def _check_place(self, data: dict[str, Any]) -> None:
        try:
            check_within(data["geometry"], data["region"])
        except InvalidInput as error:
            self.add_error("geometry", str(error))


@admin.register(Annotation)
class AnnotationAdmin(LeafletGeoAdminMixin, HistoryAdmin):  # type: ignore[misc]  # an untyped base
    """Polygons on a map, with the history of every edit. Each raises the revision; saving what is as it was is none."""

    change_role = Role.CURATOR
    form = AnnotationForm
    list_display = ["id", "region", "map_unit", "revision", "updated_at"]
    list_filter = [("region", SeenFilter), "map_unit"]
    list_select_related = ["region", "map_unit"]
    search_fields = ["=id", "comment"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "region":
            kwargs["queryset"] = rows_seen(db_field.related_model, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Annotation, form: Any, change: bool) -> None:
        if change and not form.changed_data:
            return
        obj.revision = obj.revision + 1 if change else 1
        super().save_model(request, obj, form, change)
