from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import AuditEntry, Role, Token, User
from workers.errors import InvalidInput, PermissionDenied

LONGEST_LIFETIME = timedelta(days=366)


def record_audit(*, actor: User | None, action: str, target: Model, detail: dict[str, Any] | None = None) -> AuditEntry:
    """Write who did what to which object; call it inside the transaction that does it."""
    return AuditEntry.objects.create(
        actor=actor,
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        detail=detail or {},
    )


@transaction.atomic
def issue_token(*, user: User, name: str, lifetime: timedelta, actor: User) -> tuple[Token, str]:
    """Make a token and return it with its secret, which is nowhere kept."""
    _check_may_manage(user, actor)
    if not timedelta(0) < lifetime <= LONGEST_LIFETIME:
        raise InvalidInput(f"A token lasts at most {LONGEST_LIFETIME.days} days.")
    token, secret = Token.issue(user=user, name=name, lifetime=lifetime)
    record_audit(actor=actor, action="token.issued", target=token, detail={"user": user.pk, "name": name})
    return token, secret


@transaction.atomic
def revoke_token(*, token: Token, actor: User) -> None:
    """End a token for good; one that has ended stays as it is."""
    _check_may_manage(token.user, actor)
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record_audit(actor=actor, action="token.revoked", target=token, detail={"user": token.user_id})


@transaction.atomic
def change_role(*, user: User, role: Role, actor: User) -> None:
    """Give a user another role; whoever may administer may do everything in the administration."""
    if not actor.has_role(Role.ADMIN):
        raise PermissionDenied("Only an administrator may change a role.")
    before = User.objects.select_for_update(no_key=True).get(pk=user.pk).role
    user.role = role
    user.save(update_fields=["role"])
    record_audit(actor=actor, action="user.role-changed", target=user, detail={"from": before, "to": role.value})


def _check_may_manage(user: User, actor: User) -> None:
    if user.pk != actor.pk and not actor.has_role(Role.ADMIN):
        raise PermissionDenied("Only its owner or an administrator may manage a token.")
