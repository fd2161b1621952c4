from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.accounts.models import AuditEntry, User
from apps.jobs import publishing
from apps.jobs.models import Job
from apps.jobs.services import InvalidParameters, submit
from tests.conftest import Person
from workers.errors import Conflict, InvalidInput, NotFound, PermissionDenied, QuotaExceeded


def in_parallel(action: Callable[[int], object], *, times: int) -> list[object]:
    """Call from eight threads, each with a connection of its own; return what came or was raised."""

    def call(number: int) -> object:
        try:
            return action(number)
        except (QuotaExceeded, Conflict) as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(times)))


def submit_steps(owner: User, *, steps: int = 1, key: str | None = None) -> Job:
    return submit(kind="count", params={"steps": steps}, owner=owner, idempotency_key=key)[0]


@pytest.mark.django_db(transaction=True)
def test_parallel_submissions_keep_the_quota_exact(researcher: Person, settings: Settings) -> None:
    settings.EARTHSCAPE_MAX_UNFINISHED_JOBS = 20
    outcomes = in_parallel(lambda _: submit_steps(researcher.user), times=200)
    assert Job.objects.count() == 20
    assert outcomes.count(QuotaExceeded) == 180


@pytest.mark.django_db(transaction=True)
def test_one_key_in_parallel_makes_one_job(researcher: Person) -> None:
    outcomes = in_parallel(lambda _: submit_steps(researcher.user, key="one").pk, times=24)
    assert len(set(outcomes)) == 1
    assert Job.objects.count() == 1


def test_the_same_key_and_content_is_no_new_job_even_at_the_quota(researcher: Person, settings: Settings) -> None:
    settings.EARTHSCAPE_MAX_UNFINISHED_JOBS = 1
    first = submit_steps(researcher.user, key="one")
    assert submit_steps(researcher.user, key="one").pk == first.pk


def test_the_same_key_with_other_content_conflicts(researcher: Person) -> None:
    submit_steps(researcher.user, key="one")
    with pytest.raises(Conflict, match="was used for job"):
        submit_steps(researcher.user, steps=2, key="one")


def test_left_out_and_written_out_defaults_are_the_same_content(researcher: Person) -> None:
    first, _ = submit(kind="count", params={}, owner=researcher.user, idempotency_key="one")
    params = {"pause": 0, "steps": 1}
    assert submit(kind="count", params=params, owner=researcher.user, idempotency_key="one") == (first, False)


def test_finished_jobs_do_not_count_against_the_quota(researcher: Person, settings: Settings) -> None:
    settings.EARTHSCAPE_MAX_UNFINISHED_JOBS = 1
    job = submit_steps(researcher.user)
    Job.objects.filter(pk=job.pk).update(state="succeeded", finished_at=job.created_at)
    assert submit_steps(researcher.user).pk != job.pk


def test_a_viewer_and_a_disabled_researcher_are_refused(viewer: Person, researcher: Person) -> None:
    with pytest.raises(PermissionDenied, match="researcher at least"):
        submit_steps(viewer.user)
    User.objects.filter(pk=researcher.user.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        submit_steps(researcher.user)


def test_an_unknown_kind_is_not_found(researcher: Person) -> None:
    with pytest.raises(NotFound):
        submit(kind="dig", params={}, owner=researcher.user)


def test_wrong_parameters_are_told_by_name(researcher: Person) -> None:
    with pytest.raises(InvalidParameters, match="steps: Ensure this value is greater than or equal to 0"):
        submit_steps(researcher.user, steps=-1)


@pytest.mark.parametrize("key", ["", "k" * 129, "a\nb"])
def test_a_wrong_key_is_refused(researcher: Person, key: str) -> None:
    with pytest.raises(InvalidInput, match="printable"):
        submit_steps(researcher.user, key=key)


def test_the_id_is_published_after_the_commit_only(
    researcher: Person,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[int] = []

    def send(*, job_id: int, queue: str) -> bool:
        sent.append(job_id)
        return True

    monkeypatch.setattr(publishing, "send", send)
    with django_capture_on_commit_callbacks(execute=True):
        job = submit_steps(researcher.user)
        assert sent == []
    job.refresh_from_db()
    assert sent == [job.pk]
    assert (job.published_at is not None, job.publish_count) == (True, 1)


def test_a_submission_is_audited(researcher: Person) -> None:
    job = submit_steps(researcher.user)
    entry = AuditEntry.objects.get(action="job.submitted")
    assert (entry.actor, entry.target_id, entry.detail) == (researcher.user, str(job.pk), {"kind": "count"})
