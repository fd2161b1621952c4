from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from apps.accounts.models import Role, User

ACTIONS = ("view", "add", "change", "delete")
CURATED = {
    "annotations": ACTIONS,
    "tiles": ("view", "change"),
    "regions": ("view",),
    "splits": ("view",),
    "experiments": ("view",),
    "jobs": ("view",),
}


class RoleBackend(ModelBackend):
    """Turns roles into Django's permissions: an administrator has all, a curator those on what is curated."""

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app, _, codename = perm.partition(".")
        return self._allows(user_obj, app, codename.partition("_")[0]) or super().has_perm(user_obj, perm, obj)

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return self._allows(user_obj, app_label, "view") or super().has_module_perms(user_obj, app_label)

    def _allows(self, user: User, app: str, action: str) -> bool:
        if user.has_role(Role.ADMIN):
            return True
        return user.has_role(Role.CURATOR) and action in CURATED.get(app, ())
