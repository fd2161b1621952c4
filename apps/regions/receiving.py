"""An upload on its way in: to disk piece by piece, hashed and checked while it arrives."""

import contextlib
import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from apps.regions.file_kinds import HEAD, FileKind, kind_of
from apps.regions.models import uploads_folder
from workers.errors import EarthScapeError, InvalidInput, StoreUnavailable, TooLarge
from workers.files import room_beyond

MIB = 1 << 20
ABANDONED_SECONDS = 24 * 3600  # no upload takes as long


class ReceivedFile(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs alone
    """A whole file under a temporary name, which goes when it is closed at the end of the request."""

    def __init__(self, *, file: Any, name: str, size: int, sha256: str, kind: FileKind) -> None:
        super().__init__(file=file, name=name, size=size)
        self.sha256 = sha256
        self.kind = kind
        self.place = Path(file.name)


class StoreHandler(FileUploadHandler):
    """Django calls it for each piece. What it refuses ends the request, and the temporary file goes."""

    file: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.file is not None:
            raise InvalidInput("Send one file at a time.")
        super().new_file(*args, **kwargs)
        incoming = incoming_folder()
        self.file = tempfile.NamedTemporaryFile(dir=incoming)  # noqa: SIM115  # closed by Django with the request
        self.digest, self.head, self.received = hashlib.sha256(), b"", 0

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:  # noqa: N803  # Django's name
        """Count what comes: a server that loses its client gives a short body without saying so."""
        self.missing, read = content_length, input_data.read

        def counted(*size: int) -> bytes:
            piece: bytes = read(*size)
            self.missing -= len(piece)
            return piece

        input_data.read = counted

    def upload_complete(self) -> None:
        if self.missing > 0:
            raise InvalidInput("The upload broke off before its end. Send it again.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._closed_if_refused():
            self._take(raw_data)

    @contextlib.contextmanager
    def _closed_if_refused(self) -> Iterator[None]:
        try:
            yield
        except EarthScapeError:
            self.file.close()
            raise
        except OSError as error:
            self.file.close()
            raise StoreUnavailable("The file store takes no more. Ask the operator, or try again later.") from error

    def _take(self, raw_data: bytes) -> None:
        self.received += len(raw_data)
        if len(self.head) < HEAD:
            self.head += raw_data[: HEAD - len(self.head)]
            if len(self.head) == HEAD:
                kind_of(self.head)
        check_size(self.received)
        check_disk(len(raw_data))
        self.digest.update(raw_data)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        with self._closed_if_refused():
            kind = kind_of(self.head)
            self.file.flush()
        name, sha256 = self.file_name or "", self.digest.hexdigest()
        return ReceivedFile(file=self.file, name=name, size=file_size, sha256=sha256, kind=kind)

    def upload_interrupted(self) -> None:
        if self.file is not None:
            self.file.close()


def incoming_folder() -> Path:
    """Return where unfinished uploads lie, rid of those whose process was killed."""
    folder = uploads_folder() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - ABANDONED_SECONDS:
            path.unlink(missing_ok=True)
    return folder


def check_size(size: int) -> None:
    if size > settings.EARTHSCAPE_UPLOAD_FILE_MIB * MIB:
        raise TooLarge(f"The file is larger than {settings.EARTHSCAPE_UPLOAD_FILE_MIB} MiB, the most for one upload.")


def check_disk(size: int) -> None:
    if room_beyond(uploads_folder(), reserve=settings.EARTHSCAPE_UPLOAD_RESERVE_MIB * MIB) < size:
        raise StoreUnavailable("The server's disk is too full for uploads. Ask its operator, or try again later.")
