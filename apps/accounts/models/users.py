from django.contrib.auth.models import AbstractUser
from django.db import models


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
