"""Names of what jobs make."""

from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User


def is_taken(name: str, *, among: QuerySet[Any], by_others_than: tuple[User, dict[str, Any]]) -> bool:
    """Whether a row of that name is there, other than by the very same request, which may be repeated under its key."""
    row = among.select_related("job").filter(name=name).first()
    if row is None:
        return False
    owner, params = by_others_than
    return row.job is None or row.job.owner_id != owner.pk or row.job.params != params
