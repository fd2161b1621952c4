"""What others may ask of jobs, each in a module of its topic."""

from apps.jobs.cancelling import cancel_job
from apps.jobs.claiming import Hold, LeaseLost, claim, renew
from apps.jobs.finishing import confirm_cancel, fail, finish, give_back
from apps.jobs.parameters import InvalidParameters
from apps.jobs.publishing import publish
from apps.jobs.reporting import report
from apps.jobs.retrying import retry_job
from apps.jobs.submitting import submit
from apps.jobs.sweeping import sweep

__all__ = [
    "Hold",
    "InvalidParameters",
    "LeaseLost",
    "cancel_job",
    "claim",
    "confirm_cancel",
    "fail",
    "finish",
    "give_back",
    "publish",
    "renew",
    "report",
    "retry_job",
    "submit",
    "sweep",
]
