"""Runs and evaluations with the names of what they are drawn from, null where the user may not see that."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, QuerySet

from apps.accounts.models import User
from apps.splits.models import Split
from apps.tiles.naming import name_where_seen, revision_name, version_name


def with_run_names(runs: QuerySet[Any], user: User | AnonymousUser) -> QuerySet[Any]:
    """Add `split_name`, `version_name` and `revision_name`."""
    named: QuerySet[Any] = runs.annotate(
        split_name=_split_name(user), version_name=version_name(user), revision_name=revision_name(user)
    )
    return named


def with_evaluation_names(evaluations: QuerySet[Any], user: User | AnonymousUser) -> QuerySet[Any]:
    """Add `split_name` and `revision_name`."""
    named: QuerySet[Any] = evaluations.annotate(split_name=_split_name(user), revision_name=revision_name(user))
    return named


def _split_name(user: User | AnonymousUser) -> Case:
    return name_where_seen("split", Split.objects.visible_to(user), field="name")
