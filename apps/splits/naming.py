"""Splits with what they are drawn from, as far as the user may see it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.regions.models import Region
from apps.splits.models import Split
from apps.tiles.naming import version_name

REGION_PARAMS = ("in_domain", "cross_domain", "dataset_version")


def with_sources(splits: QuerySet[Any], user: User | AnonymousUser) -> QuerySet[Any]:
    """Add `version_name`, null where the user may not see it, and `hides_region`: whether it has one of those."""
    through = Split.regions.through.objects.filter(split=OuterRef("pk"))
    hidden = through.exclude(region__in=Region.objects.visible_to(user))
    named: QuerySet[Any] = splits.annotate(version_name=version_name(user), hides_region=Exists(hidden))
    return named


def told_params(split: Any) -> dict[str, Any]:
    """The parameters of a split from `with_sources`, without those that name a region which the user may not see."""
    return {name: value for name, value in split.params.items() if not split.hides_region or name not in REGION_PARAMS}
