"""What a run or an evaluation is drawn from, by name, for those who may see that."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, CharField, F, QuerySet, When

from apps.accounts.models import User
from apps.splits.models import Split
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import LabelRevision


def with_source_names(rows: QuerySet[Any], user: User | AnonymousUser) -> QuerySet[Any]:
    """Add `split_name`, `revision_name` and, to runs, `version_name`: null where the user may not see what it names."""
    versions = versions_visible_to(user)
    revisions = LabelRevision.objects.filter(dataset_version__in=versions)
    names = {
        "split_name": _name("split", Split.objects.visible_to(user), field="name"),
        "revision_name": _name("label_revision", revisions, field="slug"),
    }
    if hasattr(rows.model, "dataset_version"):
        names["version_name"] = _name("dataset_version", versions, field="slug")
    named: QuerySet[Any] = rows.annotate(**names)
    return named


def _name(source: str, seen: QuerySet[Any], *, field: str) -> Case:
    return Case(When(**{f"{source}__in": seen}, then=F(f"{source}__{field}")), output_field=CharField(null=True))
