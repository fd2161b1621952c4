"""Files that users sent: kept, used by name in specifications, deleted."""

import contextlib
import os
import re
import shutil
import uuid
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from apps.accounts.models import Role, User
from apps.accounts.services import record_audit
from apps.jobs.models import Job
from apps.regions.models import Upload, uploads_folder
from apps.regions.receiving import MIB, ReceivedFile
from workers.errors import Conflict, InvalidInput, PermissionDenied, QuotaExceeded

NAME = re.compile(r"upload:([0-9]{1,18})", re.ASCII)


def check_may_upload(*, user: User) -> None:
    """Refuse before the body is read."""
    if not user.has_role(Role.RESEARCHER):
        raise PermissionDenied("Only a researcher may upload files.")
    _check_quota(user, 1)


def keep_upload(*, owner: User, file: ReceivedFile | None) -> Upload:
    """Give a received file its place and its row, or leave nothing.

    1. The owner's row is locked, so that two uploads cannot share the rest of the quota.
    2. The row is written, whose number is part of the file's made name.
    3. The file gets that name by a link, at once and whole; the temporary name goes with the request. If the row cannot
       be kept, the file goes too.
    """
    if file is None:
        raise InvalidInput("file: no file was sent, or it has no name.")
    upload = Upload(
        owner=owner,
        name=file.name or "",
        folder=uuid.uuid4().hex,
        kind=file.kind,
        size=file.size or 0,
        sha256=file.sha256,
    )
    with contextlib.ExitStack() as undo:
        undo.callback(_remove, uploads_folder() / upload.folder)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=owner.pk)
            _check_quota(owner, upload.size)
            upload.save()
            upload.stem = f"upload-{upload.pk}"
            upload.save(update_fields=["stem"])
            _place(file.place, upload.path)
            record_audit(actor=owner, action="upload.kept", target=upload, detail={"sha256": upload.sha256})
        undo.pop_all()
    return upload


@transaction.atomic
def delete_upload(*, upload: Upload, actor: User) -> None:
    """Forget a file and remove it, unless an unfinished job reads it."""
    readers = Job.objects.unfinished().filter(input_manifest__files__has_key=str(upload.path))
    if job := readers.first():
        raise Conflict(f"Job {job.pk} reads {upload.reference}. Cancel it or wait until it has finished.")
    record_audit(actor=actor, action="upload.deleted", target=upload, detail={"sha256": upload.sha256})
    folder = upload.path.parent
    upload.delete()
    transaction.on_commit(lambda: _remove(folder))


def is_upload(text: str) -> bool:
    """Whether a path of a specification means an upload: as `upload:ID`, or as what that was replaced by."""
    return text.startswith("upload:") or Path(text).is_relative_to(uploads_folder())


def usable_upload(text: str, *, user: User | None) -> Upload | None:
    """Return the upload that a path means, if the user may read it."""
    if user is None:
        return None
    uploads = Upload.objects.visible_to(user)
    if match := NAME.fullmatch(text):
        return uploads.filter(pk=int(match[1])).first()
    folder = Path(text).parent.name
    found = uploads.filter(folder=folder).first() if folder.isalnum() else None
    return found if found and found.path == Path(text) else None


def shown_path(path: str) -> str:
    """Return how a source is named where others read it: an upload's place on disk is nobody's business."""
    folder = Path(path).parent
    if folder.parent != uploads_folder():
        return path
    return Upload.objects.get(folder=folder.name).reference


def _check_quota(owner: User, size: int) -> None:
    used = Upload.objects.filter(owner=owner).aggregate(sum=Sum("size", default=0))["sum"]
    quota = settings.EARTHSCAPE_UPLOAD_QUOTA_MIB
    if used + size > quota * MIB:
        raise QuotaExceeded(f"Your uploads may take {quota} MiB together. Delete some that you no longer need.")


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700)
    with source.open("rb") as stream:
        os.fsync(stream.fileno())
    os.link(source, target)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
