"""Which files of a tile index are wanted for an area."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from workers.errors import InvalidInput
from workers.records.crs import check_placed
from workers.records.nearest import did_you_mean
from workers.records.regions import TileIndexSource, UrlField
from workers.sources.fetch import Wanted
from workers.sources.vector_files import check_layer_there, check_vector_driver, check_vector_file, reading

MOST_TILES = 10_000
_YEAR = re.compile(r"\s*((?:19|20)\d\d)(?!\d)")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_PIECES = 64  # of the area's longest side, so that a straight edge follows its curve in the index's CRS
_NAMED = 5


@dataclass(frozen=True)
class IndexedTile:
    """What is wanted of one tile, and the year that the index gives for it."""

    wanted: Wanted
    year: int | None


@dataclass(frozen=True)
class Selection:
    """The tiles to download, in the order of their ids, and the ids of those in the area that have no URL, or none of
    the year asked for. `doubled` are the ids with more than one URL of the year taken: the first row counts.
    """

    tiles: tuple[IndexedTile, ...]
    without_url: tuple[str, ...]
    doubled: tuple[str, ...]


def select_tiles(index: TileIndexSource, area: shapely.Geometry, crs: str) -> Selection:
    """Return the files of all tiles whose footprint touches `area`, a geometry in `crs`.

    The area is brought into the index's CRS, not the index into the area's.

    Raises:
        InvalidInput: the index, its layer or a field cannot be read, no tile touches the area, or none that does has a
            URL.
        UnsafeInput: the index is not what its name says.
    """
    path = Path(index.path)
    rows = _Rows(index, path, area, crs)
    urls: dict[str, list[IndexedTile]] = {}
    for row in rows:
        urls.setdefault(_id(path, index, row), []).extend(_candidates(path, index, row))
    if not urls:
        raise InvalidInput(f"{path.name}: no tile of {rows.layer} touches the region with its buffer")
    if len(urls) > MOST_TILES:
        raise InvalidInput(f"{path.name}: {len(urls):,} tiles touch the region, more than {MOST_TILES:,}")
    chosen = {tile: _choose(found, index) for tile, found in sorted(urls.items())}
    tiles = tuple(found[0] for found in chosen.values() if found)
    if not tiles:
        of = "" if index.choose == "newest" else f" for {index.choose}"
        raise InvalidInput(
            f"{path.name}: none of the {len(urls):,} tiles that touch the region has a URL{of} in "
            f"{', '.join(field.url for field in index.urls)}"
        )
    return Selection(
        tiles,
        tuple(tile for tile, found in chosen.items() if not found),
        tuple(tile for tile, found in chosen.items() if len(found) > 1),
    )


def named(tiles: Sequence[str]) -> str:
    """Return the first few ids for a sentence."""
    more = len(tiles) - _NAMED
    return ", ".join(tiles[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


class _Rows:
    """The rows that touch an area, each as a mapping of the fields that are needed."""

    def __init__(self, index: TileIndexSource, path: Path, area: shapely.Geometry, crs: str) -> None:
        check_vector_file(path)
        with reading(path):
            check_layer_there(path, index.layer)
            about = pyogrio.read_info(path, layer=index.layer)
            check_vector_driver(path, about["driver"])
            self.layer = f"the layer {about['layer_name']}"
            self._fields = _needed(index)
            _check_fields(path, self.layer, self._fields, [str(name) for name in about["fields"]])
            if about["crs"] is None:
                raise InvalidInput(f"{path.name}: {self.layer} has no coordinate reference system")
            check_placed(path.name, about["crs"])
            query = _moved(area, crs, about["crs"], path)
            meta, _, encoded, values = pyogrio.raw.read(
                path, layer=index.layer, columns=self._fields, bbox=tuple(query.bounds), force_2d=True
            )
            touching = _touching(shapely.from_wkb(encoded), query)
        self._values = {name: column[touching] for name, column in zip(meta["fields"], values, strict=True)}
        self._count = int(touching.sum())

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for number in range(self._count):
            yield {name: column[number] for name, column in self._values.items()}


def _touching(footprints: NDArray[np.object_], query: shapely.Geometry) -> NDArray[np.bool_]:
    shapely.prepare(query)
    found: NDArray[np.bool_] = shapely.intersects(query, footprints)
    return found


def _needed(index: TileIndexSource) -> list[str]:
    names = [index.id]
    for field in index.urls:
        names += [field.url, *(name for name in (field.year, field.size, field.sha256) if isinstance(name, str))]
    return list(dict.fromkeys(names))


def _check_fields(path: Path, layer: str, needed: Sequence[str], there: Sequence[str]) -> None:
    if missing := [name for name in needed if name not in there]:
        likely = did_you_mean(missing[0], there)
        raise InvalidInput(f"{path.name}: {layer} has no field {missing[0]}; it has {', '.join(there)}{likely}")


def _moved(area: shapely.Geometry, crs: str, to: str, path: Path) -> shapely.Geometry:
    if CRS.from_user_input(crs) == CRS.from_user_input(to):
        return area
    left, bottom, right, top = area.bounds
    dense = shapely.segmentize(area, max(right - left, top - bottom) / _PIECES)
    moved = shapely.transform(dense, Transformer.from_crs(crs, to, always_xy=True).transform, interleaved=False)
    if not np.isfinite(shapely.total_bounds(moved)).all():
        raise InvalidInput(f"{path.name}: the region lies where the index's CRS is not defined")
    return moved


def _id(path: Path, index: TileIndexSource, row: Mapping[str, Any]) -> str:
    if _is_null(row[index.id]):
        raise InvalidInput(f"{path.name}: a tile that touches the region has nothing in the field {index.id}")
    return _text(row[index.id])[:200]


def _candidates(path: Path, index: TileIndexSource, row: Mapping[str, Any]) -> Iterator[IndexedTile]:
    for field in index.urls:
        url = "" if _is_null(row[field.url]) else _text(row[field.url])
        if url:
            wanted = Wanted(url, _id(path, index, row), _size(path, field, row), _sha256(path, field, row))
            yield IndexedTile(wanted, _year(field, row))


def _choose(found: Sequence[IndexedTile], index: TileIndexSource) -> list[IndexedTile]:
    """The candidates of the year that counts, each URL once; a URL without a year is older than any with one."""
    year = max((each.year or 0 for each in found), default=0) if index.choose == "newest" else index.choose
    return list({each.wanted.url: each for each in reversed(found) if (each.year or 0) == year}.values())[::-1]


def _year(field: UrlField, row: Mapping[str, Any]) -> int | None:
    """Some indexes write "Not Acquired", some a whole date."""
    if not isinstance(field.year, str):
        return field.year
    found = None if _is_null(row[field.year]) else _YEAR.match(_text(row[field.year]))
    return int(found[1]) if found else None


def _size(path: Path, field: UrlField, row: Mapping[str, Any]) -> int | None:
    if field.size is None or _is_null(row[field.size]):
        return None
    text = _text(row[field.size])
    if not text.isdecimal() or len(text) > 15:
        raise InvalidInput(f"{path.name}: the field {field.size} holds {text[:40]!r}, which is no number of bytes")
    return int(text)


def _sha256(path: Path, field: UrlField, row: Mapping[str, Any]) -> str | None:
    if field.sha256 is None or _is_null(row[field.sha256]):
        return None
    text = _text(row[field.sha256])
    if not _SHA256.fullmatch(text):
        raise InvalidInput(f"{path.name}: the field {field.sha256} holds {text[:80]!r}, which is no SHA-256")
    return text.lower()


def _is_null(value: Any) -> bool:
    """A null number comes as NaN, a null date as NaT; neither equals itself."""
    return value is None or bool(value != value) or not str(value).strip()


def _text(value: Any) -> str:
    """A whole number that was stored as a real one is written without its point."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip()
