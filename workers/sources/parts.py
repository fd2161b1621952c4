"""What has arrived of a file so far, kept beside it, so that only the rest is asked for."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from workers.files import write_text


class Part:
    """The bytes in `NAME.part`, and in `NAME.part.json` what the server called that state of the file: its strong ETag,
    else the time of its last change, and its length.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self.mark, self.total = self._read()

    @property
    def size(self) -> int:
        """Return how many bytes have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def complete(self) -> bool:
        """Return whether as many bytes have arrived as the server announced."""
        return self.total is not None and self.path.exists() and self.size == self.total

    def resume_headers(self) -> dict[str, str]:
        """Return the headers that ask for the rest, if the file is still the same; none without bytes or a mark."""
        if not self.mark or not self.size:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.mark}

    def begin(self, headers: Mapping[str, str], total: int | None) -> None:
        """Begin anew with the state of the file that these headers tell of."""
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.mark, self.total = mark_of(headers), total
        write_text(self._note, json.dumps({"mark": self.mark, "total": total}))

    def appending(self) -> BinaryIO:
        """Return the file to write what comes next to."""
        return self.path.open("ab")

    def discard(self) -> None:
        """Forget what has arrived."""
        self.path.unlink(missing_ok=True)
        self.forget_note()
        self.mark, self.total = None, None

    def forget_note(self) -> None:
        """Remove the note alone, once the bytes have gone to where they belong."""
        self._note.unlink(missing_ok=True)

    def _read(self) -> tuple[str | None, int | None]:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return note["mark"], note["total"]
        except (OSError, ValueError, KeyError):
            return None, None


def mark_of(headers: Mapping[str, str]) -> str | None:
    """Return by what the server tells one state of a file from another; a weak ETag does not promise the same bytes."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified")
