from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.admin import ReadOnlyAdmin, RoleAdmin
from apps.experiments.models import ClassScore, Evaluation, Run, TilePrediction
from apps.experiments.naming import with_evaluation_names, with_run_names


@admin.register(Run)
class RunAdmin(RoleAdmin):
    """Who may see a run. What it is and what it scored is never edited."""

    may_add = False
    list_display = ["name", "origin", "network", "split_name", "visibility", "owner", "created_at"]
    list_filter = ["origin", "visibility", "made"]
    list_select_related = ["owner"]
    search_fields = ["name", "network"]
    raw_id_fields = ["owner", "shared_with"]
    fields = ["visibility", "owner", "shared_with", "name", "origin", "network", "channels", "split_name", "seed"]
    readonly_fields = ["name", "origin", "network", "channels", "split_name", "seed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_run_names(super().get_queryset(request), request.user)

    @admin.display(description="split")
    def split_name(self, run: Any) -> str | None:
        """Empty where the user may not see the split."""
        name: str | None = run.split_name
        return name


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ["run", "subset", "domain", "tile_count", "flags"]
    fields = ["run", "split_name", "subset", "domain", "revision_name", "tile_count", "scores", "flags", "created_at"]
    readonly_fields = ["split_name", "revision_name", "created_at"]
    list_filter = ["subset", "domain"]
    list_select_related = ["run"]
    search_fields = ["run__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_evaluation_names(super().get_queryset(request), request.user)

    @admin.display(description="split")
    def split_name(self, evaluation: Any) -> str | None:
        name: str | None = evaluation.split_name
        return name

    @admin.display(description="label revision")
    def revision_name(self, evaluation: Any) -> str | None:
        name: str | None = evaluation.revision_name
        return name


@admin.register(ClassScore)
class ClassScoreAdmin(ReadOnlyAdmin):
    seen_with = ("evaluation",)
    list_display = ["evaluation", "map_unit", "f1", "precision", "recall", "support", "flags"]
    list_filter = ["map_unit"]
    list_select_related = ["evaluation", "map_unit"]
    search_fields = ["evaluation__run__name"]


@admin.register(TilePrediction)
class TilePredictionAdmin(ReadOnlyAdmin):
    seen_with = ("evaluation", "tile")
    list_display = ["evaluation", "tile"]
    list_select_related = ["evaluation", "tile"]
    search_fields = ["^tile__patch_id"]
