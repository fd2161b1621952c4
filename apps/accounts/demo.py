"""The accounts of a demonstration, and the file that tells whoever owns the machine how to sign in."""

import json
import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts.models import Role, Token, User
from apps.accounts.services import issue_token

LIFETIME = timedelta(days=365)
TOKEN_NAME = "demo"
ROLES = (Role.ADMIN, Role.CURATOR, Role.RESEARCHER)


def make_demo_accounts(path: Path) -> bool:
    """Make the three accounts and write their credentials to `path`; False if all of it is there and works.

    A password is kept nowhere but in the file: an account whose entry is lost or no longer opens gets a new one.
    """
    known = _read(path)
    if all(_opens(role, known.get(role.value)) for role in ROLES):
        return False
    with transaction.atomic():
        known |= {role.value: _make(role) for role in ROLES if not _opens(role, known.get(role.value))}
        _write(path, known)
    return True


def _opens(role: Role, entry: Any) -> bool:
    if not isinstance(entry, dict) or set(entry) != {"username", "password", "token"}:
        return False
    user = User.objects.filter(username=entry["username"], role=role, is_active=True).first()
    if user is None or not user.check_password(entry["password"]):
        return False
    return Token.objects.for_secret(entry["token"]).filter(user=user).exists()


def _make(role: Role) -> dict[str, str]:
    password = secrets.token_urlsafe(18)
    user, _ = User.objects.get_or_create(username=role.value)
    user.role = role
    user.is_active = True
    user.set_password(password)
    user.save()
    _, token = issue_token(user=user, name=TOKEN_NAME, lifetime=LIFETIME, actor=user)
    return {"username": user.username, "password": password, "token": token}


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and never readable by others: mkstemp makes the file with mode 600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".credentials-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=2)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
