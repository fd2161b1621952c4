"""Files that a job leaves behind."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileRecord:
    """A file: its path relative to the job's folder or the store, its SHA-256 in hex and its size in bytes."""

    path: str
    sha256: str
    size: int
