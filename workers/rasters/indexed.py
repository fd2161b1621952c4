"""The sources of a region that a tile index names or a service gives: obtained over its area, then like named paths."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import shapely

from workers.errors import InvalidInput
from workers.files import sha256_of
from workers.rasters.intake import check_whole, describe
from workers.records.downloads import NO_HOSTS, DownloadedFile, Downloads
from workers.records.regions import RasterSource, RegionSpec, TileIndexSource, VectorSource, source_roles
from workers.records.services import ServiceSource
from workers.sources.downloads import download_all
from workers.sources.kept import Kept, Kind
from workers.sources.services import Answer, ask_service
from workers.sources.tally import Arrived
from workers.sources.tile_index import Selection, named, select_tiles
from workers.sources.vector_files import check_vector_file

Tell = Callable[[float, str], None]
"""Told the share of a source that is there (0-1) and a sentence, or none; what it raises stops the downloads."""

_TIFFS = dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), ".tif")
_VECTORS = {b"SQLite format 3\0": ".gpkg", b"fgb\x03": ".fgb", b"\0\0\x27\x0a": ".shp", b"{": ".geojson"}
_MEBIBYTE = 1 << 20
_SENTENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Obtained:
    """A source with paths in place of its index, the files downloaded for it, and sentences for the user."""

    source: RasterSource | VectorSource
    files: tuple[DownloadedFile, ...]
    notes: tuple[str, ...]


def indexed_roles(spec: RegionSpec) -> list[str]:
    """Return the names of the sources that a tile index names or a service gives."""
    return [role for role, source in source_roles(spec).items() if source.is_remote]


def check_allowed(spec: RegionSpec, allowed: Downloads | None) -> None:
    """Refuse a specification whose sources are to be downloaded where nothing may be.

    Raises:
        InvalidInput: naming the source and the setting.
    """
    roles = indexed_roles(spec)
    if roles and (allowed is None or not allowed.hosts):
        raise InvalidInput(f"{roles[0]}.{'index' if source_roles(spec)[roles[0]].index else 'service'}: {NO_HOSTS}")


def obtain_source(
    role: str, source: RasterSource | VectorSource, area: shapely.Geometry, crs: str, allowed: Downloads, tell: Tell
) -> Obtained:
    """Return a source with the files that its tile index names, or its service gives, over `area`, a geometry in `crs`.

    Raises:
        InvalidInput: an index or a file that cannot be used.
        DownloadFailed, LimitExceeded, StoreUnavailable: as in `download_all` and `ask_service`.
    """
    if isinstance(source, VectorSource) and source.service is not None:
        answer = asked(role, source.service, area, crs, allowed, tell)
        return Obtained(replace(source, paths=(str(answer.path),), service=None), (_record(role, source, answer),), ())
    assert source.index is not None
    source = replace(source, index=obtain_index(role, source.index, area, crs, allowed, tell))
    assert source.index is not None
    selection = select_tiles(source.index, area, crs)
    tell(0.0, f"{role}: {len(selection.tiles):,} tiles of the index to download")
    wanted = [tile.wanted for tile in selection.tiles]
    kept = download_all(wanted, kind_of_files(source), allowed, _Telling(role, tell))
    paths = tuple(dict.fromkeys(str(path) for each in kept for path in each.paths))
    return Obtained(
        replace(source, paths=paths, index=None),
        tuple(_records(role, selection, kept)),
        tuple(_notes(role, source.index, selection)),
    )


def obtain_index(
    role: str, index: TileIndexSource, area: shapely.Geometry, crs: str, allowed: Downloads, tell: Tell
) -> TileIndexSource:
    """Return an index that lies in a file: itself, or what its service says of `area`.

    Raises:
        InvalidInput: the service has no tile there; and all of `ask_service`.
    """
    if index.service is None:
        return index
    answer = asked(f"{role}.index", index.service, area, crs, allowed, tell)
    if not answer.features:
        raise InvalidInput(
            f"{role}.index: no tile of {index.service.url} touches the region with its buffer; is it in its area?"
        )
    return replace(index, path=str(answer.path), service=None)


def asked(
    name: str, service: ServiceSource, area: shapely.Geometry, crs: str, allowed: Downloads, tell: Tell
) -> Answer:
    """Return what a service has over `area`, saying so."""
    answer = ask_service(service, area, crs, allowed, lambda found: tell(0.0, ""))
    tell(0.0, f"{name}: {answer.features:,} feature{'' if answer.features == 1 else 's'} from {service.url}")
    return answer


def _record(role: str, source: VectorSource, answer: Answer) -> DownloadedFile:
    assert source.service is not None
    path = answer.path
    return DownloadedFile(role, "", source.service.url, None, str(path), sha256_of(path), path.stat().st_size)


def kind_of_files(source: RasterSource | VectorSource) -> Kind:
    """Return what the files of a source must be to be kept."""
    return _raster_kind(len(source.bands)) if isinstance(source, RasterSource) else _VECTOR_KIND


def _raster_kind(band_count: int) -> Kind:
    def check(path: Path) -> None:
        describe(path, band_count=band_count)
        check_whole(path)

    return Kind("raster", _TIFFS, check)


_VECTOR_KIND = Kind("vector", _VECTORS, check_vector_file)


class _Telling:
    """Tells where a download stands: the share as often as it is told, the bytes in words every few seconds."""

    def __init__(self, role: str, tell: Tell) -> None:
        self._role = role
        self._tell = tell
        self._said: Arrived | None = None
        self._said_at = time.monotonic()

    def __call__(self, arrived: Arrived) -> None:
        due = arrived.files == arrived.of or time.monotonic() - self._said_at >= _SENTENCE_SECONDS
        self._tell(_share(arrived), self._sentence(arrived) if due and arrived != self._said else "")

    def _sentence(self, arrived: Arrived) -> str:
        self._said, self._said_at = arrived, time.monotonic()
        return f"{self._role}: {arrived.files:,} of {arrived.of:,} files, {arrived.size / _MEBIBYTE:,.1f} MiB"


def _share(arrived: Arrived) -> float:
    """Files that have not begun are taken to be as large as the others; nobody knows their size before."""
    if not arrived.announced:
        return arrived.files / arrived.of
    return min(1.0, arrived.size / arrived.announced * arrived.begun / arrived.of)


def _records(role: str, selection: Selection, kept: Sequence[Kept]) -> Iterator[DownloadedFile]:
    seen = set()
    for tile, found in zip(selection.tiles, kept, strict=True):
        for path, file in zip(found.paths, found.files, strict=True):
            if path not in seen:  # several tiles may share one file
                seen.add(path)
                yield DownloadedFile(
                    role, tile.wanted.tile, tile.wanted.url, tile.year, str(path), file.sha256, file.size
                )


def _notes(role: str, index: TileIndexSource, selection: Selection) -> Iterator[str]:
    if tiles := selection.without_url:
        of = "" if index.choose == "newest" else f" for {index.choose}"
        yield f"{role}: {len(tiles):,} tiles of the index have no URL{of} and were left out: {named(tiles)}"
    if tiles := selection.doubled:
        yield f"{role}: {len(tiles):,} tiles have more than one URL of the year taken, the first counts: {named(tiles)}"
