"""The CSV tables of the published layouts, read strictly: what is wrong is named by file, line and column."""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.errors import BrokenFile
from workers.records.channels import canonical_name
from workers.records.datasets import PUBLISHED, PublishedRegion, Terms

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TILE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_CHANNEL = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(frozen=True)
class PatchId:
    """A published id taken apart."""

    text: str
    region: PublishedRegion
    number: int


@dataclass(frozen=True)
class Norm:
    """Mean and standard deviation of a channel over the tiles of a region."""

    region: str
    channel: str
    mean: float
    std: float


def parse_patch_id(text: object, path: Path, row: int, terms: Terms = PUBLISHED) -> PatchId:
    """Return the parts of an id such as `hv_256_50_12`.

    Raises:
        BrokenFile: it is no such id.
    """
    stem, _, number = text.rpartition("_") if isinstance(text, str) else ("", "", "")
    region = next((region for region in terms.regions if region.stem == stem), None)
    if region is None or not isinstance(text, str) or not _TILE_NUMBER.fullmatch(number):
        *others, last = [f"{region.stem}_1" for region in terms.regions]
        examples = f"{', '.join(others)} or {last}" if others else last
        raise BrokenFile(path, f"{text!r} is not a patch id such as {examples}", row=row, column="patch_id")
    return PatchId(text, region, int(number))


def read_areas(path: Path, terms: Terms = PUBLISHED) -> dict[str, tuple[float, ...]]:
    """Return the class areas of each patch, proportions in the order of the classes.

    Raises:
        BrokenFile: a column, id or number is wrong.
    """
    rows = _patch_rows(path, terms)
    return {patch: tuple(_proportion(v, path, row, c) for c, v in cells) for row, patch, cells in rows}


def read_labels(path: Path, terms: Terms = PUBLISHED) -> dict[str, tuple[int, ...]]:
    """Return the labels of each patch, 0 or 1 in the order of the classes; `1.0` is 1.

    Raises:
        BrokenFile: a column, id or label is wrong.
    """
    rows = _patch_rows(path, terms)
    return {patch: tuple(_label(v, path, row, c) for c, v in cells) for row, patch, cells in rows}


def read_norms(path: Path, region: str) -> list[Norm]:
    """Return the statistics of each channel, under today's name of the channel where the catalogue has it.

    The first column holds the channel, with or without `.tif`; v1.1 calls the standard deviation `sd`.

    Raises:
        BrokenFile: a column or number is wrong, or a channel stands twice.
    """
    norms: dict[str, Norm] = {}
    for row, cells in _rows(path):
        key, *_ = cells
        spread = "std" if "std" in cells else "sd"
        for column in ("mean", spread):
            if column not in cells:
                raise BrokenFile(path, "this column is missing", row=1, column=column)
        stem = cells[key].removesuffix(".tif")
        name = canonical_name(stem) or stem
        if not _CHANNEL.fullmatch(stem) or name in norms:
            raise BrokenFile(path, f"{stem[:80]!r} is not a channel, or stands twice", row=row, column=key)
        mean, std = (_number(cells[column], path, row, column) for column in ("mean", spread))
        if std < 0:
            raise BrokenFile(path, f"{std} is below 0", row=row, column=spread)
        norms[name] = Norm(region, name, mean, std)
    return list(norms.values())


def _patch_rows(path: Path, terms: Terms) -> Iterator[tuple[int, str, list[tuple[str, str]]]]:
    """Yield line number, patch id and (symbol, text) pairs in the order of the classes."""
    seen: set[str] = set()
    for row, cells in _rows(path, columns=("patch_id", *terms.classes)):
        patch = parse_patch_id(cells["patch_id"], path, row, terms).text
        if patch in seen:
            raise BrokenFile(path, f"{patch} stands twice", row=row, column="patch_id")
        seen.add(patch)
        yield row, patch, [(symbol, cells[symbol]) for symbol in terms.classes]


def _rows(path: Path, *, columns: tuple[str, ...] | None = None) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the line number and the cells by column; the header is line 1."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = _header(next(reader, []), path, columns)
            for cells in reader:
                if len(cells) != len(header):
                    raise BrokenFile(path, f"{len(cells)} cells, the header has {len(header)}", row=reader.line_num)
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise BrokenFile(path, f"not a CSV file in UTF-8: {error}") from error


def _header(header: list[str], path: Path, columns: tuple[str, ...] | None) -> list[str]:
    if not header:
        raise BrokenFile(path, "the file is empty", row=1)
    if repeated := [name for name in header if header.count(name) > 1]:
        raise BrokenFile(path, "this column stands twice", row=1, column=repeated[0])
    if columns is None:
        return header
    for name in columns:
        if name not in header:
            raise BrokenFile(path, "this column is missing", row=1, column=name)
    for name in header:
        if name not in columns:
            raise BrokenFile(path, "this column is not known", row=1, column=name)
    return header


def _number(text: str, path: Path, row: int, column: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BrokenFile(path, f"{text!r} is not a number", row=row, column=column)
    value = float(text)
    if not math.isfinite(value):
        raise BrokenFile(path, f"{text!r} is not finite", row=row, column=column)
    return value


def _proportion(text: str, path: Path, row: int, column: str) -> float:
    value = _number(text, path, row, column)
    if not 0 <= value <= 1:
        raise BrokenFile(path, f"area {text} is not between 0 and 1", row=row, column=column)
    return value


def _label(text: str, path: Path, row: int, column: str) -> int:
    value = _number(text, path, row, column)
    if value not in (0, 1):
        raise BrokenFile(path, f"label {text} is neither 0 nor 1", row=row, column=column)
    return int(value)
