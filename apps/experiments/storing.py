"""Files of runs in the store, under the checksum of their content."""

import uuid
from pathlib import Path, PurePosixPath

from django.conf import settings

from workers.errors import StoreUnavailable
from workers.files import link_or_copy
from workers.records.files import FileRecord


def keep_file(found: FileRecord, *, folder: Path) -> str:
    """Give a job's file its lasting place and return that, relative to the store.

    The place is named by the content: the same file twice is one file, and what an undone transaction leaves is
    harmless.
    """
    place = PurePosixPath("runs", found.sha256[:2], found.sha256 + PurePosixPath(found.path).suffix)
    target = Path(settings.EARTHSCAPE_STORE) / place
    if target.exists():
        return str(place)
    temporary = target.with_name(f".{uuid.uuid4().hex}")
    try:
        link_or_copy(folder / found.path, temporary)
        temporary.replace(target)
    except OSError as error:
        raise StoreUnavailable(f"The store cannot take a file: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return str(place)
