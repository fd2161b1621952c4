from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin, RoleAdmin
from apps.experiments.models import ClassScore, Evaluation, Run, TilePrediction


@admin.register(Run)
class RunAdmin(RoleAdmin):
    """Who may see a run. What it is and what it scored is never edited."""

    may_add = False
    list_display = ["name", "origin", "network", "split", "visibility", "owner", "created_at"]
    list_filter = ["origin", "visibility", "made"]
    list_select_related = ["split", "owner"]
    search_fields = ["name", "network"]
    raw_id_fields = ["owner", "shared_with"]
    fields = ["visibility", "owner", "shared_with", "name", "origin", "network", "channels", "split", "seed"]
    readonly_fields = ["name", "origin", "network", "channels", "split", "seed"]


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ["run", "subset", "domain", "tile_count", "flags"]
    list_filter = ["subset", "domain"]
    list_select_related = ["run"]
    search_fields = ["run__name"]


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
