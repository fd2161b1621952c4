import pytest
from django.db import DatabaseError, transaction

from apps.accounts.models import AuditEntry
from apps.accounts.services import record_audit
from tests.conftest import Person


@pytest.fixture
def entry(researcher: Person) -> AuditEntry:
    return record_audit(actor=researcher.user, action="test.done", target=researcher.user, detail={"to": "x"})


def test_an_entry_says_who_did_what_to_which_object(entry: AuditEntry, researcher: Person) -> None:
    assert (entry.actor, entry.action) == (researcher.user, "test.done")
    assert (entry.target_type, entry.target_id) == ("accounts.user", str(researcher.user.pk))


def test_the_database_refuses_to_change_an_entry(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(action="nothing happened")


def test_the_database_refuses_to_delete_an_entry(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        entry.delete()
