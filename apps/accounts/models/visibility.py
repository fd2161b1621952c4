from typing import Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models

from apps.accounts.models.users import Role, User


class Visibility(models.TextChoices):
    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Everyone signed in"
    PRIVATE = "private", "Owner and those it is shared with"

    @property
    def openness(self) -> int:
        """How many may see: 0 the owner, 1 everyone signed in, 2 everyone."""
        return (Visibility.PRIVATE, Visibility.INTERNAL, Visibility.PUBLIC).index(self)


SomeVisible = TypeVar("SomeVisible", bound=models.Model)


class VisibilityQuerySet(models.QuerySet[SomeVisible]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The sharing table is asked in a subquery, so the condition never multiplies rows."""
        if not isinstance(user, User):
            return self.filter(self.sources_visible_to(user), visibility=Visibility.PUBLIC)
        if user.has_role(Role.ADMIN):
            return self
        name = self.model._meta.model_name
        shares = self.model.shared_with.through.objects.filter(user=user)  # type: ignore[attr-defined]  # see Visible
        return self.filter(
            models.Q(self.sources_visible_to(user), visibility__in=(Visibility.PUBLIC, Visibility.INTERNAL))
            | models.Q(owner=user)
            | models.Q(pk__in=shares.values(name))
        )

    def sources_visible_to(self, user: User | AnonymousUser) -> models.Q:
        """What an open row needs besides: that what it is drawn from is not closed to the user, also when closed later.

        Its owner, and those whom the owner named, see it all the same.
        """
        return models.Q()


class Visible(models.Model):
    """Something that is public, internal, or private to its owner and those it is shared with."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    shared_with = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")

    class Meta:
        abstract = True

    def widest(self) -> Visibility:
        """The most open it may be: what is drawn from something is not shown to more people than that."""
        return Visibility.PUBLIC
