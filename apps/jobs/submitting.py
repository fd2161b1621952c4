from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import record_audit
from apps.jobs.events import tell_state
from apps.jobs.kinds import JobKind, kind_named
from apps.jobs.models import Job
from apps.jobs.parameters import CheckedParameters, check_parameters
from apps.jobs.publishing import publish
from workers.errors import Conflict, InvalidInput, PermissionDenied, QuotaExceeded

MAX_KEY = 128


def submit(*, kind: str, params: dict[str, Any], owner: User, idempotency_key: str | None = None) -> tuple[Job, bool]:
    """Write down a job and have it published after the commit; return it and whether it is new.

    1. The parameters are checked by the kind's serializer, outside the transaction.
    2. The owner's row is locked: submissions of one owner are counted one after the other.
    3. A key that was used before returns its job, or is refused if the content differs.
    4. The quota is checked, the row and its audit entry are written, and the commit publishes the id.
    """
    row = kind_named(kind)
    checked = check_parameters(kind=row, params=params, owner=owner)
    check_key(idempotency_key)
    with transaction.atomic():
        lock_owner(owner, kind=row)
        if earlier := _earlier_job(owner, key=idempotency_key, checked=checked):
            return earlier, False
        check_quota(owner)
        job = create_job(kind=row, checked=checked, owner=owner, idempotency_key=idempotency_key)
        transaction.on_commit(partial(publish, job_id=job.pk, queue=job.queue))
    return job, True


def create_job(*, kind: JobKind, checked: CheckedParameters, owner: User, idempotency_key: str | None = None) -> Job:
    job = Job.objects.create(
        kind=kind.name,
        owner=owner,
        params=checked.params,
        input_manifest=checked.input_manifest,
        content_hash=checked.content_hash,
        idempotency_key=idempotency_key,
        queue=kind.queue,
    )
    tell_state(job, "Submitted")
    record_audit(actor=owner, action="job.submitted", target=job, detail={"kind": kind.name})
    return job


def lock_owner(owner: User, *, kind: JobKind) -> None:
    """Hold the owner's row until the end of the transaction. NO KEY: rows that refer to it are not held up."""
    locked = User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    if not locked.has_role(kind.role):
        raise PermissionDenied(f"To submit {kind.name}, one has to be {kind.role.label.lower()} at least.")


def check_quota(owner: User) -> None:
    limit = settings.EARTHSCAPE_MAX_UNFINISHED_JOBS
    if Job.objects.unfinished().filter(owner=owner).count() >= limit:
        raise QuotaExceeded(f"You have {limit} unfinished jobs, which is the limit; wait for one or cancel one.")


def check_key(key: str | None) -> None:
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isprintable()):
        raise InvalidInput(f"An idempotency key has 1 to {MAX_KEY} printable characters.")


def _earlier_job(owner: User, *, key: str | None, checked: CheckedParameters) -> Job | None:
    if key is None:
        return None
    earlier = Job.objects.filter(owner=owner, idempotency_key=key).first()
    if earlier and earlier.content_hash != checked.content_hash:
        raise Conflict(f"The idempotency key {key!r} was used for job {earlier.pk}, which has other content.")
    return earlier
