import shutil
from pathlib import Path

from django.conf import settings

from apps.jobs.claiming import Hold


def job_folder(job_id: int) -> Path:
    return Path(settings.EARTHSCAPE_STORE) / "jobs" / str(job_id)


def attempt_folder(hold: Hold) -> Path:
    return job_folder(hold.job_id) / str(hold.fence)


def attempt_log(hold: Hold) -> Path:
    """What the child wrote to standard error; it outlives the folder."""
    return job_folder(hold.job_id) / f"{hold.fence}.log"


def make_attempt_folder(hold: Hold) -> None:
    """Make an empty folder for this attempt, and remove what attempts that died have left behind."""
    remove_attempts(hold.job_id)
    attempt_folder(hold).mkdir(parents=True)


def remove_attempts(job_id: int) -> None:
    for path in job_folder(job_id).glob("*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def logs_of(job_id: int) -> list[Path]:
    return sorted(job_folder(job_id).glob("*.log"), key=lambda path: int(path.stem))
