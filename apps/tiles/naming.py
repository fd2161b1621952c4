"""What a row is drawn from, by name, for those who may see that."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, CharField, F, QuerySet, When

from apps.accounts.models import User
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import LabelRevision


def name_where_seen(source: str, seen: QuerySet[Any], *, field: str) -> Case:
    """The name of what a foreign key leads to, null where that is not among the rows seen."""
    return Case(When(**{f"{source}__in": seen}, then=F(f"{source}__{field}")), output_field=CharField(null=True))


def version_name(user: User | AnonymousUser) -> Case:
    return name_where_seen("dataset_version", versions_visible_to(user), field="slug")


def revision_name(user: User | AnonymousUser) -> Case:
    seen = LabelRevision.objects.filter(dataset_version__in=versions_visible_to(user))
    return name_where_seen("label_revision", seen, field="slug")
