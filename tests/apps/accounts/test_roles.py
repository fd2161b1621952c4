from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import AuditEntry, Role
from apps.accounts.services import change_role
from tests.conftest import Person
from workers.errors import PermissionDenied


def test_each_role_may_do_what_those_before_it_may(person: Callable[[Role], Person]) -> None:
    people = [person(role).user for role in Role]
    assert [[user.has_role(role) for role in Role] for user in people] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


def test_a_disabled_administrator_has_no_role(administrator: Person) -> None:
    administrator.user.is_active = False
    assert not administrator.user.has_role(Role.VIEWER)
    assert not administrator.user.has_perm("accounts.view_user")


def test_the_role_decides_who_enters_the_administration(person: Callable[[Role], Person]) -> None:
    assert [person(role).user.is_staff for role in Role] == [False, False, True, True]


def test_a_curator_may_change_what_is_curated_and_nothing_else(curator: Person) -> None:
    user = curator.user
    assert user.has_perm("annotations.change_annotation")
    assert user.has_perm("tiles.change_tile")
    assert user.has_module_perms("annotations")
    assert not user.has_perm("accounts.change_user")
    assert not user.has_perm("jobs.delete_job")
    assert not user.has_module_perms("accounts")


def test_a_researcher_has_no_permission_in_the_administration(researcher: Person) -> None:
    assert not researcher.user.has_perm("annotations.view_annotation")
    assert not AnonymousUser().has_perm("annotations.view_annotation")


def test_an_administrator_changes_a_role_and_it_is_audited(administrator: Person, researcher: Person) -> None:
    change_role(user=researcher.user, role=Role.CURATOR, actor=administrator.user)
    researcher.user.refresh_from_db()
    assert (researcher.user.role, researcher.user.is_staff) == ("curator", True)
    assert AuditEntry.objects.get(action="user.role-changed").detail == {"from": "researcher", "to": "curator"}


def test_nobody_else_changes_a_role(curator: Person) -> None:
    with pytest.raises(PermissionDenied):
        change_role(user=curator.user, role=Role.ADMIN, actor=curator.user)
