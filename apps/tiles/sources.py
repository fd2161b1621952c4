"""The files that a region's specification names."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.tiles.roots import checked_path, import_roots
from workers.errors import InvalidInput
from workers.files import sha256_of
from workers.records.regions import RasterSource, RegionSpec, VectorSource

ROLES = ("dem", "imagery", "map_units", "streams", "roads")


def with_checked_paths(spec: RegionSpec) -> RegionSpec:
    """Return the specification with absolute paths.

    Raises:
        UnsafeInput: a path leads out of the import roots and the store's sources.
        InvalidInput: there is nothing at a path.
    """
    sources = {role: source for role in ROLES if (source := getattr(spec, role))}
    changed = {role: replace(source, paths=_checked(role, source)) for role, source in sources.items()}
    return replace(spec, **changed)


def _checked(role: str, source: RasterSource | VectorSource) -> tuple[str, ...]:
    if not source.paths:
        raise InvalidInput(f"specification.{role}.paths: name at least one file")
    return tuple(str(_found(role, text)) for text in source.paths)


def _found(role: str, text: str) -> Path:
    """A relative path is looked for below the store's sources, then below each import root."""
    roots = [Path(settings.EARTHSCAPE_STORE) / "sources", *import_roots()]
    paths = [
        checked_path(text, roots=roots, base=base) for base in (roots if not Path(text).is_absolute() else roots[:1])
    ]
    for path in paths:
        if path.exists():
            return path
    raise InvalidInput(
        f"specification.{role}.paths: there is no file {text} in the import roots or the store's sources"
    )


def source_paths(spec: RegionSpec) -> list[str]:
    return [path for role in ROLES if (source := getattr(spec, role)) for path in source.paths]


def describe_sources(spec: RegionSpec) -> list[dict[str, Any]]:
    """Return role, path, bands, checksum and size of every source, each once."""
    rows = {(role, path): source for role in ROLES if (source := getattr(spec, role)) for path in source.paths}
    return [
        {"role": role, "path": path, "bands": list(getattr(source, "bands", ())), **_content(Path(path))}
        for (role, path), source in rows.items()
    ]


def _content(path: Path) -> dict[str, Any]:
    """A folder, such as a file geodatabase, is described by all of its files."""
    if path.is_file():
        return {"sha256": sha256_of(path), "size": path.stat().st_size}
    digest, size = hashlib.sha256(), 0
    for file in _files(path):
        digest.update(f"{file.relative_to(path).as_posix()}:{sha256_of(file)}\n".encode())
        size += file.stat().st_size
    return {"sha256": digest.hexdigest(), "size": size}


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())
