from apps.accounts.models.audit import AuditEntry
from apps.accounts.models.tokens import Token
from apps.accounts.models.users import Role, User
from apps.accounts.models.visibility import Visibility, VisibilityQuerySet, Visible

__all__ = ["AuditEntry", "Role", "Token", "User", "Visibility", "VisibilityQuerySet", "Visible"]
