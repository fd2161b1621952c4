from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, Token
from apps.accounts.services import issue_token, revoke_token
from tests.conftest import Person
from workers.errors import InvalidInput, PermissionDenied

KINDS = "/api/v1/job-kinds/"


def test_a_token_opens_the_interface_and_its_secret_is_not_stored(researcher: Person) -> None:
    assert researcher.client.get(KINDS).status_code == 200
    token = Token.objects.get(user=researcher.user)
    assert researcher.token not in str(vars(token))


@pytest.mark.parametrize("header", ["Token", "Token x", "Token x y", "Token \xff", "Bearer x"])
def test_a_wrong_header_gets_401(db: None, anonymous: APIClient, header: str) -> None:
    reply = anonymous.get(KINDS, HTTP_AUTHORIZATION=header)
    assert (reply.status_code, reply["WWW-Authenticate"]) == (401, "Token")
    assert reply["Content-Type"] == "application/problem+json"


def test_an_expired_token_gets_401(researcher: Person) -> None:
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert researcher.client.get(KINDS).status_code == 401


def test_a_revoked_token_gets_401(researcher: Person) -> None:
    revoke_token(token=Token.objects.get(user=researcher.user), actor=researcher.user)
    assert researcher.client.get(KINDS).status_code == 401


def test_a_new_password_ends_tokens_and_sessions(researcher: Person) -> None:
    browser = Client()
    browser.force_login(researcher.user)
    assert browser.get(KINDS).status_code == 200
    researcher.user.set_password("a new and longer password")
    researcher.user.save()
    assert (researcher.client.get(KINDS).status_code, browser.get(KINDS).status_code) == (401, 401)


def test_a_disabled_user_gets_401(researcher: Person) -> None:
    browser = Client()
    browser.force_login(researcher.user)
    researcher.user.is_active = False
    researcher.user.save()
    assert (researcher.client.get(KINDS).status_code, browser.get(KINDS).status_code) == (401, 401)


def test_other_changes_of_a_user_leave_tokens_alone(researcher: Person) -> None:
    researcher.user.refresh_from_db()
    researcher.user.email = "someone@example.org"
    researcher.user.save()
    assert researcher.client.get(KINDS).status_code == 200


def test_nobody_makes_or_ends_anothers_token(researcher: Person, curator: Person, administrator: Person) -> None:
    with pytest.raises(PermissionDenied):
        issue_token(user=researcher.user, name="mine now", lifetime=timedelta(days=1), actor=curator.user)
    with pytest.raises(PermissionDenied):
        revoke_token(token=Token.objects.get(user=researcher.user), actor=curator.user)
    revoke_token(token=Token.objects.get(user=researcher.user), actor=administrator.user)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_has_a_bounded_life(researcher: Person, days: int) -> None:
    with pytest.raises(InvalidInput):
        issue_token(user=researcher.user, name="long", lifetime=timedelta(days=days), actor=researcher.user)


def test_making_and_ending_a_token_is_audited(researcher: Person) -> None:
    token, _ = issue_token(user=researcher.user, name="a", lifetime=timedelta(days=1), actor=researcher.user)
    revoke_token(token=token, actor=researcher.user)
    revoke_token(token=token, actor=researcher.user)
    actions = AuditEntry.objects.filter(target_type="accounts.token").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["token.issued", "token.revoked"]


def test_the_use_of_a_token_is_noted_once_a_minute(
    researcher: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        researcher.client.get(KINDS)
    with django_assert_num_queries(1):
        researcher.client.get(KINDS)
    assert Token.objects.get(user=researcher.user).last_used_at is not None
