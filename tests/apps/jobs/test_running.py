import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from apps.accounts.models import AuditEntry
from apps.jobs.finishing import finish
from apps.jobs.models import Job, JobState
from apps.jobs.running import run, run_inline
from apps.jobs.sandbox import child_environment
from apps.jobs.services import submit, sweep
from tests.conftest import ROOT, Person, RedisServer, WorkerProcess, wait_for
from workers.errors import PermissionDenied
from workers.records.progress import Reporter


def keep(lines: list[str]) -> Reporter:
    """Return a reporter that keeps the messages."""

    def listen(stage: str, fraction: float, message: str = "", **measures: Any) -> None:
        lines.append(message)

    return listen


def inline(kind: str, person: Person, **params: object) -> Job:
    return run_inline(kind=kind, params=params, owner=person.user)


def test_a_job_runs_inline_with_every_report_passed_on(researcher: Person, store: Path) -> None:
    lines: list[str] = []
    job = run_inline(kind="count", params={"steps": 3}, owner=researcher.user, progress=keep(lines))
    assert lines == ["step 0", "step 1", "step 2"]
    assert (job.state, job.attempts, job.fraction) == ("succeeded", 1, 1.0)
    names = sorted(path.name for path in (store / "jobs" / str(job.pk) / "1").iterdir())
    assert names == ["counted.txt", "input.txt", "result.json", "spec.json"]


def test_a_known_error_fails_at_once_with_its_message_and_no_file(researcher: Person, store: Path) -> None:
    job = inline("refuse", researcher)
    assert (job.state, job.attempts, job.error) == ("failed", 1, "the specification asks for the moon")
    assert [path.name for path in (store / "jobs" / str(job.pk)).iterdir()] == ["1.log"]


def test_an_unknown_error_shows_a_general_message_and_logs_the_traceback(
    researcher: Person, caplog: pytest.LogCaptureFixture
) -> None:
    job = inline("break-down", researcher)
    assert job.state == "failed"
    assert "secret detail" not in job.error
    assert "RuntimeError: secret detail" in caplog.text


def test_a_store_that_takes_no_files_is_tried_again_later(researcher: Person, settings: Settings) -> None:
    settings.EARTHSCAPE_STORE = "/proc/nowhere"
    job, _ = submit(kind="count", params={}, owner=researcher.user)
    run(job_id=job.pk, worker="here")
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 1)


def test_an_unknown_error_in_a_worker_queues_the_job_again(researcher: Person) -> None:
    job, _ = submit(kind="break-down", params={}, owner=researcher.user)
    run(job_id=job.pk, worker="here")
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 1)
    assert job.events.last().message == "Stopped unexpectedly; it will be tried again"  # type: ignore[union-attr]  # there are


def test_a_job_that_needs_too_much_memory_says_so(researcher: Person) -> None:
    assert inline("eat-memory", researcher).error == "The job needed more memory than its kind may use."


def test_a_recorder_that_refuses_leaves_nothing_behind(researcher: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.apps.jobs import kinds

    def record(job: Job, folder: Path, result: Any) -> dict[str, Any]:
        AuditEntry.objects.create(actor=job.owner, action="test.recorded", target_type="job", target_id=str(job.pk))
        raise PermissionDenied("the region is no longer yours")

    monkeypatch.setattr(kinds, "record", record)
    job = inline("count", researcher)
    assert (job.state, job.error) == ("failed", "the region is no longer yours")
    assert not AuditEntry.objects.filter(action="test.recorded").exists()


def test_files_stay_when_the_answer_to_the_commit_is_lost(
    researcher: Person, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.jobs import running

    def finish_unheard(*args: Any, **values: Any) -> None:
        finish(*args, **values)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(running, "finish", finish_unheard)
    job = inline("count", researcher)
    assert job.state == "succeeded"
    assert (store / "jobs" / str(job.pk) / "1" / "counted.txt").exists()


def test_a_child_sees_no_secret_and_few_drivers(researcher: Person) -> None:
    job = inline("count", researcher)
    assert job.result is not None
    seen = set(job.result["result"]["environment"])
    gdal = {"GDAL_SKIP", "GDAL_DISABLE_READDIR_ON_OPEN", "CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "GDAL_CACHEMAX"}
    assert gdal | {"PATH"} <= seen
    assert not {name for name in seen if any(word in name for word in ("DATABASE", "BROKER", "SECRET", "CACHE_URL"))}


def test_a_raster_that_is_a_catalogue_in_disguise_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(b"secret" * 100)
    disguised = tmp_path / "dem.tif"
    disguised.write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="1">'
        '<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">'
        f'<SourceFilename relativetoVRT="0">{tmp_path}/secret.bin</SourceFilename></VRTRasterBand></VRTDataset>'
    )
    script = f"import rasterio; rasterio.open({str(disguised)!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], env=child_environment(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "RasterioIOError" in done.stderr


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_commit_and_publication_loses_nothing(
    broker: RedisServer, job_worker: WorkerProcess, researcher: Person
) -> None:
    script = (
        "import os, django; django.setup()\n"
        "from apps.accounts.models import User\n"
        "from apps.jobs import services, submitting\n"
        "submitting.publish = lambda **ids: os._exit(9)\n"
        f"services.submit(kind='count', params={{}}, owner=User.objects.get(pk={researcher.user.pk}))\n"
    )
    environment = os.environ | job_worker.environment
    assert subprocess.run([sys.executable, "-c", script], env=environment, cwd=ROOT, check=False).returncode == 9
    job = Job.objects.get()
    assert (job.state, job.published_at, broker.client.llen("short")) == ("queued", None, 0)
    wait_for(lambda: sweep().published, what="the publication")
    wait_for(lambda: Job.objects.get().state == JobState.SUCCEEDED, what="success")
