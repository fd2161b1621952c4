import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

PREFIX_LENGTH = 8


class TokenQuerySet(models.QuerySet["Token"]):
    def usable(self) -> Self:
        return self.filter(expires_at__gt=timezone.now(), revoked_at=None, user__is_active=True)

    def for_secret(self, secret: str) -> Self:
        return self.usable().filter(digest=digest_of(secret))


class Token(models.Model):
    """A key for the REST interface. Only its digest is kept; the secret is shown once, when it is made."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=PREFIX_LENGTH)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    @classmethod
    def issue(cls, *, user: models.Model, name: str, lifetime: timedelta) -> tuple["Token", str]:
        """Return a new token and its secret."""
        secret = secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user,
            name=name,
            prefix=secret[:PREFIX_LENGTH],
            digest=digest_of(secret),
            expires_at=timezone.now() + lifetime,
        )
        return token, secret


def digest_of(secret: str) -> str:
    """The secret has 256 random bits, so a plain SHA-256 cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()
