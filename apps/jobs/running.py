import logging
import shutil
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from apps.accounts.models import User
from apps.jobs.children import Child
from apps.jobs.claiming import Hold, LeaseLost, claim
from apps.jobs.finishing import confirm_cancel, fail, finish, give_back
from apps.jobs.folders import attempt_folder, attempt_log, make_attempt_folder
from apps.jobs.kinds import kind_named, resolve
from apps.jobs.leases import LeaseKeeper
from apps.jobs.models import Job, JobState
from apps.jobs.parameters import check_parameters
from apps.jobs.submitting import check_quota, create_job, lock_owner
from apps.jobs.supervising import Supervision, read_result
from workers.errors import Cancelled, EarthScapeError
from workers.records.codec import dumps
from workers.records.progress import Reporter, ignore_progress

logger = logging.getLogger(__name__)


def run(*, job_id: int, worker: str) -> None:
    """Claim a job and work on it to its end; a job that cannot be claimed is none of this worker's business."""
    hold = claim(job_id=job_id, worker=worker)
    if hold is None:
        logger.info("job %s is not to be started: done, cancelled or somebody else's", job_id)
        return
    work(hold)


def run_inline(*, kind: str, params: dict[str, Any], owner: User, progress: Reporter = ignore_progress) -> Job:
    """Submit a job and work on it here instead of in a worker, for management commands. Return it as it ended.

    Raises:
        EarthScapeError: the parameters, the role or the quota forbid it. A failure of the work itself is in the job.
    """
    row = kind_named(kind)
    checked = check_parameters(kind=row, params=params, owner=owner)
    with transaction.atomic():
        lock_owner(owner, kind=row)
        check_quota(owner)
        job = create_job(kind=row, checked=checked, owner=owner)
        hold = claim(job_id=job.pk, worker="command")
    assert hold is not None  # nobody else can see the row before the commit
    work(hold, watch=progress, last=True)
    job.refresh_from_db()
    return job


def work(hold: Hold, *, watch: Reporter = ignore_progress, last: bool = False) -> None:
    """One attempt, from the claim to a state written down.

    1. The kind's preparation reads the database and writes the specification into the attempt's folder.
    2. A child process computes, under the lease, the time limit and the memory limit.
    3. Result and success are stored together.
    Where that ends otherwise, the folder is removed before the state is written, so no half-written file outlives the
    attempt. An unknown failure goes to the worker's log with its traceback; `last` then fails the job instead of giving
    it back.
    """
    folder = attempt_folder(hold)
    done = False
    try:
        make_attempt_folder(hold)
        with LeaseKeeper(hold) as lease:
            result = _compute(hold, folder=folder, lease=lease, watch=watch)
            finish(hold, folder=folder, result=result)
            done = True
    except LeaseLost:
        logger.warning("job %s was lost to another attempt than %s", hold.job_id, hold.fence)
    except EarthScapeError as error:
        _discard(hold, folder)
        _close(hold, error)
    except Exception:
        _discard(hold, folder)
        logger.exception("job %s, fence %s", hold.job_id, hold.fence)
        _give_back(hold, last=last)
    except BaseException:  # Ctrl-C in a command, the end of a worker
        _discard(hold, folder)
        _give_back(hold, last=last)
        raise
    finally:
        if not done:
            _discard(hold, folder)


def _compute(hold: Hold, *, folder: Path, lease: LeaseKeeper, watch: Reporter) -> Any:
    job = Job.objects.select_related("owner").get(pk=hold.job_id)
    kind = kind_named(job.kind)
    spec = folder / "spec.json"
    spec.write_text(dumps(resolve(kind.prepare)(job, folder)), encoding="utf-8")
    log = attempt_log(hold)
    with Child(kind=kind.name, spec=spec, folder=folder, memory_mib=kind.memory_mib, log=log) as child:
        status = Supervision(child, hold=hold, lease=lease, kind=kind, watch=watch).wait()
    return read_result(status, folder=folder, log=log, kind=kind)


def _close(hold: Hold, error: EarthScapeError) -> None:
    try:
        confirm_cancel(hold) if isinstance(error, Cancelled) else fail(hold, message=str(error))
    except LeaseLost:
        logger.warning("job %s was lost before it could be closed", hold.job_id)


def _give_back(hold: Hold, *, last: bool) -> None:
    try:
        give_back(hold, last=last)
    except LeaseLost:
        logger.warning("job %s was lost before it could be given back", hold.job_id)


def _discard(hold: Hold, folder: Path) -> None:
    """Remove what an attempt leaves, unless it has succeeded: the answer to a commit may be lost on its way.

    Where the database cannot be asked, the files wait for the next try or the sweep.
    """
    try:
        succeeded = Job.objects.filter(pk=hold.job_id, fence=hold.fence, state=JobState.SUCCEEDED).exists()
    except (OperationalError, InterfaceError) as error:
        logger.warning("the files of job %s are left to the sweep: %s", hold.job_id, error)
        connection.close()
        return
    if not succeeded:
        shutil.rmtree(folder, ignore_errors=True)
