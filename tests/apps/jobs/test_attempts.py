"""Claim, renew, report, finish, fail: each does something only where the fence still holds."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.jobs.claiming import Hold, LeaseLost, claim, renew
from apps.jobs.finishing import confirm_cancel, fail, finish, give_back
from apps.jobs.models import Job, JobState
from apps.jobs.reporting import ThinnedReports, report
from apps.jobs.services import cancel_job, retry_job, submit
from tests.apps.jobs import kinds
from tests.conftest import Person
from workers.records.progress import Progress


@pytest.fixture
def job(researcher: Person) -> Job:
    return submit(kind="count", params={}, owner=researcher.user)[0]


@pytest.fixture
def hold(job: Job) -> Hold:
    hold = claim(job_id=job.pk, worker="first")
    assert hold is not None
    return hold


def let_the_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_claim_takes_a_queued_job_once(job: Job) -> None:
    assert claim(job_id=job.pk, worker="first") == Hold(job_id=job.pk, fence=1)
    assert claim(job_id=job.pk, worker="second") is None
    job.refresh_from_db()
    assert (job.state, job.attempts, job.worker) == ("running", 1, "first")


def test_a_job_whose_lease_ran_out_may_be_claimed_by_another(job: Job, hold: Hold) -> None:
    let_the_lease_run_out(job)
    assert claim(job_id=job.pk, worker="second") == Hold(job_id=job.pk, fence=2)


def test_a_job_with_three_attempts_behind_it_cannot_be_claimed(job: Job, hold: Hold) -> None:
    Job.objects.filter(pk=job.pk).update(attempts=3)
    let_the_lease_run_out(job)
    assert claim(job_id=job.pk, worker="second") is None


def test_a_cancelled_job_cannot_be_claimed(job: Job, researcher: Person) -> None:
    cancel_job(job=job, actor=researcher.user)
    assert claim(job_id=job.pk, worker="first") is None


def test_a_lease_is_renewed_by_its_holder_only(job: Job, hold: Hold) -> None:
    let_the_lease_run_out(job)
    assert renew(hold)
    let_the_lease_run_out(job)
    claim(job_id=job.pk, worker="second")
    assert not renew(hold)


def test_the_loser_of_a_lease_writes_nothing(job: Job, hold: Hold, tmp_path: Path) -> None:
    let_the_lease_run_out(job)
    claim(job_id=job.pk, worker="second")
    for write in (
        lambda: report(hold, Progress("counting", 0.5)),
        lambda: finish(hold, folder=tmp_path, result={}),
        lambda: fail(hold, message="no"),
        lambda: give_back(hold),
        lambda: confirm_cancel(hold),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert not AuditEntry.objects.filter(action="test.recorded").exists()
    assert not job.events.filter(stage="counting").exists()


def test_success_and_result_are_stored_together(job: Job, hold: Hold, tmp_path: Path) -> None:
    finish(hold, folder=tmp_path, result={"counted": 1})
    job.refresh_from_db()
    assert job.result is not None
    assert (job.state, job.fraction, job.result["result"]) == ("succeeded", 1.0, {"counted": 1})
    assert AuditEntry.objects.filter(action__in=("test.recorded", "job.succeeded")).count() == 2


def test_a_recorder_may_write_longer_than_a_query_may_take(
    job: Job, hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(job: Job, folder: Path, result: Any) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return {"timeout": cursor.fetchone()[0]}

    monkeypatch.setattr(kinds, "record", record)
    assert finish(hold, folder=tmp_path, result={}).result == {"timeout": "15min"}


def test_an_unknown_failure_is_tried_again_until_the_third_attempt(job: Job) -> None:
    for attempt in (1, 2, 3):
        hold = claim(job_id=job.pk, worker="first")
        assert hold == Hold(job_id=job.pk, fence=attempt)
        give_back(hold)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 3)
    assert job.error.startswith("The job stopped for a reason that lies with the system")


def test_a_retry_resets_the_attempts_and_never_the_fence(job: Job, hold: Hold, researcher: Person) -> None:
    fail(hold, message="no")
    retry_job(job=job, actor=researcher.user)
    assert (job.state, job.attempts, job.fence, job.error) == (JobState.QUEUED, 0, 1, "")
    assert claim(job_id=job.pk, worker="first") == Hold(job_id=job.pk, fence=2)


def test_a_running_job_is_asked_to_stop_and_its_worker_confirms(job: Job, hold: Hold, researcher: Person) -> None:
    cancel_job(job=job, actor=researcher.user)
    assert (job.state, job.cancel_requested) == ("running", True)
    confirm_cancel(hold)
    job.refresh_from_db()
    assert (job.state, job.finished_at is not None) == ("cancelled", True)


@pytest.mark.parametrize(
    ("fraction", "stored"), [(0.25, 0.25), (-1.0, 0.0), (7.0, 1.0), (float("nan"), 0.0), (float("inf"), 0.0)]
)
def test_a_reported_fraction_is_kept_in_range(job: Job, hold: Hold, fraction: float, stored: float) -> None:
    report(hold, Progress("x" * 200 + "\x00", fraction, "\x00message" * 1000))
    job.refresh_from_db()
    assert (job.fraction, job.stage) == (stored, "x" * 80)


def test_reports_are_thinned_to_one_a_second_but_each_stage_keeps_its_first_and_last() -> None:
    passed: list[tuple[str, float]] = []
    reports = ThinnedReports(lambda progress: passed.append((progress.stage, progress.fraction)))
    for stage, fraction in [("a", 0.0), ("a", 0.1), ("a", 0.2), ("b", 0.3), ("b", 0.4), ("b", 0.5)]:
        reports.add(Progress(stage, fraction))
    reports.flush()
    assert passed == [("a", 0.0), ("a", 0.2), ("b", 0.3), ("b", 0.5)]


def test_a_report_with_measures_is_never_thinned_out() -> None:
    passed: list[float] = []
    reports = ThinnedReports(lambda progress: passed.append(progress.fraction))
    for fraction, measures in [(0.0, {}), (0.1, {}), (0.2, {"val_loss": 0.7}), (0.3, {}), (0.4, {"val_loss": 0.6})]:
        reports.add(Progress("train", fraction, measures=measures))
    assert passed == [0.0, 0.2, 0.4]
