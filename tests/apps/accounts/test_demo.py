import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.demo import make_demo_accounts
from apps.accounts.models import Token, User


@pytest.fixture
def path(tmp_path: Path, db: None) -> Path:
    return tmp_path / "var" / "credentials.json"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_three_accounts_open_with_what_the_file_says(path: Path) -> None:
    call_command("create_demo_accounts", file=path)
    entries = read(path)
    assert list(entries) == ["admin", "curator", "researcher"]
    for role, entry in entries.items():
        user = authenticate(username=entry["username"], password=entry["password"])
        assert isinstance(user, User)
        assert user.role == role
        reply = APIClient().get("/api/v1/jobs/", HTTP_AUTHORIZATION=f"Token {entry['token']}")
        assert reply.status_code == 200


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    make_demo_accounts(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["credentials.json"]


def test_a_second_time_changes_nothing(path: Path) -> None:
    make_demo_accounts(path)
    before = path.read_bytes()
    assert make_demo_accounts(path) is False
    assert (path.read_bytes(), User.objects.count(), Token.objects.count()) == (before, 3, 3)


def test_a_token_that_ran_out_is_replaced_and_the_others_stay(path: Path) -> None:
    make_demo_accounts(path)
    before = read(path)
    Token.objects.filter(user__username="curator").update(expires_at=timezone.now())
    assert make_demo_accounts(path) is True
    after = read(path)
    assert (after["admin"], after["researcher"]) == (before["admin"], before["researcher"])
    assert after["curator"]["token"] != before["curator"]["token"]


@pytest.mark.parametrize("content", ["", "[]", '{"admin": {"username": "admin"}}'])
def test_a_file_that_is_damaged_is_written_again(path: Path, content: str) -> None:
    make_demo_accounts(path)
    path.write_text(content, encoding="utf-8")
    assert make_demo_accounts(path) is True
    assert set(read(path)["admin"]) == {"username", "password", "token"}
