from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    RESEARCHER = "researcher", "Researcher"
    CURATOR = "curator", "Curator"
    ADMIN = "admin", "Administrator"


class User(AbstractUser):
    """A person. Each role may do what the ones before it may: look, submit jobs, edit annotations, administer."""

    role = models.CharField(max_length=12, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known")]

    def has_role(self, role: Role) -> bool:
        order = list(Role)
        return self.is_active and (self.is_superuser or order.index(Role(self.role)) >= order.index(role))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The role alone decides who may enter the administration. A new password ends every token and session."""
        self.is_staff = self.is_superuser or Role(self.role) in (Role.CURATOR, Role.ADMIN)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "is_staff"}
        # Set by set_password; a hash that is only renewed at sign-in leaves it empty.
        password_changed = self.pk is not None and getattr(self, "_password", None) is not None
        with transaction.atomic():
            super().save(*args, **kwargs)
            if password_changed:
                self.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
