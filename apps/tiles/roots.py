"""Folders on the server that a user of the site may name."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from django.conf import settings

from workers.errors import InvalidInput, UnsafeInput

_trusted: ContextVar[tuple[Path, ...]] = ContextVar("trusted", default=())


@contextlib.contextmanager
def trusting(folder: Path) -> Iterator[None]:
    """Let one more folder be imported from within the block: who may run a command on the server may read its files."""
    token = _trusted.set((*_trusted.get(), folder))
    try:
        yield
    finally:
        _trusted.reset(token)


def import_roots() -> list[Path]:
    return [*settings.EARTHSCAPE_IMPORT_ROOTS, *_trusted.get()]


def checked_folder(text: str) -> Path:
    """Return a folder inside the import roots, links resolved.

    Raises:
        UnsafeInput: it lies elsewhere; the message names the roots.
        InvalidInput: it is no folder.
    """
    folder = checked_path(text, roots=import_roots())
    if not folder.is_dir():
        raise InvalidInput(f"{text} is not a folder on the server.")
    return folder


def checked_path(text: str, *, roots: list[Path], base: Path | None = None) -> Path:
    """Return a path, relative ones below `base`, resolved and inside one of the roots.

    Raises:
        UnsafeInput: it leads elsewhere; the message names the roots.
        InvalidInput: it leads nowhere: a link that leads to itself, a name longer than names may be.
    """
    if "\0" in text:
        raise UnsafeInput("A path cannot hold a null character.")
    path = _resolved((base or Path("/")) / text)
    if not any(path.is_relative_to(root.resolve()) for root in roots):
        named = ", ".join(map(str, roots)) or "none is set"
        raise UnsafeInput(
            f"{text} is outside the folders that may be imported from (EARTHSCAPE_IMPORT_ROOTS): {named}."
        )
    return path


def _resolved(path: Path) -> Path:
    try:
        found = path.resolve()
        found.exists()  # what is too long for a name is told here, and not by resolve
    except (OSError, RuntimeError, UnicodeError) as error:
        raise InvalidInput(f"{str(path)[:100]!r} is not a path that can be followed on the server.") from error
    return found
