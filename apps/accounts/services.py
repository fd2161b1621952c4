from datetime import timedelta
from typing import Any

from django.db.models import Model

from apps.accounts.models import AuditEntry, User

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
