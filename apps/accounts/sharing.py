"""Who may see a region, a split or a run: its owner decides."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Role, User, Visibility, Visible
from apps.accounts.services import record_audit
from workers.errors import InvalidInput, PermissionDenied

MOST_SHARES = 100


@transaction.atomic
def share_object(
    *, actor: User, target: Visible, visibility: str | None = None, shared_with: Sequence[str] | None = None
) -> None:
    """Change visibility, or the list of those a private object is shared with, or both; None leaves it as it is."""
    check_may_share(actor, target)
    if visibility is not None:
        _check_openness(target, Visibility(visibility))
        target.visibility = visibility
        target.save(update_fields=["visibility"])
    if shared_with is not None:
        target.shared_with.set(_users_named(shared_with))
    detail = {"visibility": target.visibility, "shared_with": sorted(shared_with) if shared_with is not None else None}
    record_audit(actor=actor, action="sharing.changed", target=target, detail=detail)


def check_may_share(actor: User, target: Visible) -> None:
    if target.owner_id != actor.pk and not actor.has_role(Role.ADMIN):
        raise PermissionDenied("Only its owner or an administrator decides who may see this.")


def _check_openness(target: Visible, visibility: Visibility) -> None:
    """To close it further is always allowed."""
    widest = target.widest()
    if visibility.openness > max(widest.openness, Visibility(target.visibility).openness):
        raise InvalidInput(f"visibility: What {target} is drawn from is {widest}, so it cannot be {visibility}.")


def _users_named(names: Sequence[str]) -> list[User]:
    users = {user.username: user for user in User.objects.filter(username__in=names, is_active=True)}
    if unknown := [name for name in names if name not in users]:
        raise InvalidInput(f"shared_with: there is no user {unknown[0]!r}.")
    return list(users.values())


class SharingSerializer(serializers.Serializer[Any]):
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)
    shared_with = serializers.ListField(
        child=serializers.CharField(max_length=150), max_length=MOST_SHARES, required=False, help_text="User names."
    )


class SharingMixin:
    """Adds `sharing` to the endpoint of a single object."""

    @extend_schema(methods=["GET"], responses=SharingSerializer)
    @extend_schema(methods=["PATCH"], request=SharingSerializer, responses=SharingSerializer)
    @action(detail=True, methods=["get", "patch"])
    def sharing(self, request: Request, **kwargs: str) -> Response:
        """Who may see it; for its owner and administrators."""
        target = self.get_object()  # type: ignore[attr-defined]  # of the view set that this is mixed into
        actor: Any = request.user
        if not isinstance(actor, User):
            self.permission_denied(request)  # type: ignore[attr-defined]  # likewise
        check_may_share(actor, target)
        if request.method == "PATCH":
            asked = SharingSerializer(data=request.data)
            asked.is_valid(raise_exception=True)
            share_object(actor=actor, target=target, **asked.validated_data)
        names = sorted(target.shared_with.values_list("username", flat=True))
        return Response({"visibility": target.visibility, "shared_with": names})
