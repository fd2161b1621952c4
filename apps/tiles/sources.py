"""The files that a region's specification names."""

import glob
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.accounts.models import User
from apps.regions.file_kinds import FileKind
from apps.regions.uploads import is_upload, shown_path, usable_upload
from apps.tiles.roots import checked_path, import_roots
from workers.errors import InvalidInput
from workers.files import rasters_in, sha256_of
from workers.records.downloads import NO_HOSTS, DownloadedFile, Downloads
from workers.records.regions import RasterSource, RegionSpec, VectorSource, source_roles, with_sources

LONGEST_PATH = 500


def with_checked_paths(spec: RegionSpec, *, reader: User | None = None) -> RegionSpec:
    """Return the specification with absolute paths, and in place of a folder of rasters those that are in it now.

    `upload:ID` becomes the path of that upload, if it is one that the reader may use.

    Raises:
        UnsafeInput: a path leads out of the import roots and the store's sources.
        InvalidInput: there is nothing at a path, an upload is not the reader's or of the wrong kind, or a source
            is to be downloaded and no host may be asked.
    """
    return with_sources(spec, {role: _checked(role, source, reader) for role, source in source_roles(spec).items()})


def _checked(role: str, source: RasterSource | VectorSource, reader: User | None) -> RasterSource | VectorSource:
    if source.is_remote and not settings.EARTHSCAPE_DOWNLOAD_HOSTS:
        raise InvalidInput(f"specification.{role}.{'index' if source.index else 'service'}: {NO_HOSTS}.")
    if source.is_remote and (source.index is None or not source.index.path):
        return source  # nothing of it lies on the server
    if source.index is not None:
        path = _found(_Named(f"{role}.index.path", source.index.path, raster=False), reader)
        return replace(source, index=replace(source.index, path=str(path)))
    if not source.paths:
        raise InvalidInput(f"specification.{role}.paths: name at least one file, or an index")
    raster = isinstance(source, RasterSource)
    found = [_found(_Named(f"{role}.paths", text, raster=raster), reader) for text in source.paths]
    if isinstance(source, RasterSource):
        found = [file for path in found for file in _each_file(role, path)]
    return replace(source, paths=tuple(map(str, found)))


def _each_file(role: str, path: Path) -> list[Path]:
    """What lies in a folder may be a link that leads out of it, so it is checked like a path that was named."""
    if not path.is_dir():
        return [path]
    files = [checked_path(str(file), roots=_roots()) for file in rasters_in(path)]
    if not files:
        raise InvalidInput(f"specification.{role}.paths: the folder {path} holds no GeoTIFF")
    return files


def _roots() -> list[Path]:
    return [Path(settings.EARTHSCAPE_STORE) / "sources", *import_roots()]


@dataclass(frozen=True)
class _Named:
    """A path as the specification has it."""

    field: str
    text: str
    raster: bool


def _uploaded(named: _Named, reader: User | None) -> Path:
    upload = usable_upload(named.text, user=reader)
    if upload is None:
        raise InvalidInput(f"specification.{named.field}: you have no {named.text}; the page Uploads lists yours")
    is_unpacked = upload.kind == FileKind.ZIP and named.field.endswith(".paths")
    if not is_unpacked and (upload.kind == FileKind.ZIP or (upload.kind == FileKind.GEOTIFF) != named.raster):
        wanted = "a GeoTIFF" if named.raster else "vectors"
        raise InvalidInput(
            f"specification.{named.field}: {upload.reference} is {upload.get_kind_display()}, {wanted} expected"
        )
    if not upload.path.is_file():
        raise InvalidInput(f"specification.{named.field}: {upload.reference} is gone from the store; upload it again")
    return upload.path


def _found(named: _Named, reader: User | None) -> Path:
    """A relative path is looked for below the store's sources, then below each import root."""
    field, text = named.field, named.text
    if not text.strip():
        raise InvalidInput(f"specification.{field}: a path is empty")
    if is_upload(text):
        return _uploaded(named, reader)
    roots = _roots()
    paths = [
        checked_path(text, roots=roots, base=base) for base in (roots if not Path(text).is_absolute() else roots[:1])
    ]
    for path in paths:
        if path.exists():
            return _usable(named, path)
    raise InvalidInput(f"specification.{field}: there is no file {text} in the import roots or the store's sources")


def _usable(named: _Named, path: Path) -> Path:
    """A pipe would be waited for without end, and a folder of vectors that is no geodatabase hashed file by file."""
    if len(str(path)) > LONGEST_PATH:
        raise InvalidInput(f"specification.{named.field}: {named.text[:60]}... has over {LONGEST_PATH} characters")
    if not (path.is_file() or path.is_dir()) or not os.access(path, os.R_OK):
        raise InvalidInput(f"specification.{named.field}: {named.text} is not a file that can be read")
    if path.is_dir() and not named.raster and path.suffix != ".gdb":
        raise InvalidInput(f"specification.{named.field}: {named.text} is a folder; name a file in it, or a .gdb")
    for part in _parts(path):
        checked_path(str(part), roots=_roots())
    return path


def _parts(path: Path) -> Iterator[Path]:
    """What is read along with a geodatabase or a shapefile may be a link that leads out, like what lies in a folder."""
    if path.suffix == ".gdb":
        yield from path.rglob("*")
    elif path.suffix.lower() == ".shp":
        yield from path.parent.glob(f"{glob.escape(path.stem)}.*")


def allowed_downloads() -> Downloads:
    """What is downloaded is kept below the store, for other jobs too."""
    folder = Path(settings.EARTHSCAPE_STORE) / "downloads"
    slowest = settings.EARTHSCAPE_DOWNLOAD_LEAST_KIB << 10
    return Downloads(folder=str(folder), hosts=settings.EARTHSCAPE_DOWNLOAD_HOSTS, slowest=slowest)


def source_paths(spec: RegionSpec) -> list[str]:
    """Return the files on the server: those named by path, and tile indexes."""
    return [path for source in source_roles(spec).values() for path in _files_named(source)]


def _files_named(source: RasterSource | VectorSource) -> tuple[str, ...]:
    if source.index is not None:
        return (source.index.path,) if source.index.path else ()
    return () if source.is_remote else source.paths


def describe_sources(spec: RegionSpec) -> list[dict[str, Any]]:
    """Return role, path, bands, checksum and size of every source on the server, each once."""
    roles = source_roles(spec)
    rows = {(role, path): source for role, source in roles.items() for path in _files_named(source)}
    return [
        {"role": role, "path": shown_path(path), "bands": list(getattr(source, "bands", ())), **_content(Path(path))}
        for (role, path), source in rows.items()
    ]


def describe_downloads(spec: RegionSpec, files: Iterable[DownloadedFile]) -> list[dict[str, Any]]:
    """Return the same of the files that were downloaded; the URL stands for the path, with what was taken from it."""
    roles = source_roles(spec)
    return [
        {
            "role": file.role,
            "path": f"{file.url}#{Path(file.path).name}",
            "bands": list(getattr(roles[file.role], "bands", ())),
            "sha256": file.sha256,
            "size": file.size,
        }
        for file in files
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
