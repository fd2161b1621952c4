"""A table of probabilities from outside, CSV or Parquet: what it is, is found in its bytes, not in its name."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workers.errors import BrokenFile

LARGEST = 16 * 1024 * 1024
MOST_UNPACKED = 8 * LARGEST
MOST_ROWS = 100_000
LONGEST_ID = 60
KEY = "patch_id"
PARQUET = b"PAR1"

Rows = Iterator[tuple[int, Sequence[Any]]]


def read_probabilities(content: bytes, *, name: str, classes: Sequence[str]) -> dict[str, list[float]]:
    """Return the probabilities of each patch_id in the order of `classes`.

    Raises:
        BrokenFile: neither CSV nor Parquet, a column missing or too many, a patch_id twice, a cell that is no
            probability; the message names row and column.
    """
    if len(content) > LARGEST:
        raise BrokenFile(name, f"larger than {LARGEST // 2**20} MiB")
    rows = _parquet_rows(content, name, classes) if content.startswith(PARQUET) else _csv_rows(content, name, classes)
    found: dict[str, list[float]] = {}
    for number, (key, *cells) in rows:
        if len(found) == MOST_ROWS:
            raise BrokenFile(name, f"more than {MOST_ROWS} rows")
        found[_new_key(key, found, name=name, row=number)] = [
            _probability(cell, name=name, row=number, column=symbol)
            for symbol, cell in zip(classes, cells, strict=True)
        ]
    if not found:
        raise BrokenFile(name, "no rows")
    return found


def _csv_rows(content: bytes, name: str, classes: Sequence[str]) -> Rows:
    reader = csv.reader(io.StringIO(_text(content, name), newline=""), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        order = _order(header, name, classes)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise BrokenFile(name, f"{len(cells)} cells, not {len(header)}", row=reader.line_num)
            yield reader.line_num, [cells[position] for position in order]
    except csv.Error as error:
        raise BrokenFile(name, f"not CSV: {error}", row=reader.line_num) from error


def _text(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile(name, "neither Parquet nor text in UTF-8") from error
    if "\x00" in text:
        raise BrokenFile(name, "neither Parquet nor text: it holds NUL bytes")
    return text


def _parquet_rows(content: bytes, name: str, classes: Sequence[str]) -> Rows:
    """The key column stays a dictionary, so that one long text in many rows cannot fill the memory."""
    try:
        file = pq.ParquetFile(io.BytesIO(content), read_dictionary=[KEY])
        if file.metadata.num_rows > MOST_ROWS:
            raise BrokenFile(name, f"more than {MOST_ROWS} rows")
        _order(file.schema_arrow.names, name, classes)
        _check_size(file.metadata, name)
        for batch in file.iter_batches(columns=[KEY, *classes], batch_size=10_000):
            yield from _batch_rows(batch, name=name, classes=classes)
    except (pa.ArrowException, OSError) as error:
        raise BrokenFile(name, "a Parquet file that cannot be read") from error


def _check_size(metadata: pq.FileMetaData, name: str) -> None:
    """A page says itself how large it will be; what the file says of itself must be within reason first."""
    unpacked = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    if unpacked > MOST_UNPACKED:
        raise BrokenFile(name, f"more than {MOST_UNPACKED // 2**20} MiB when unpacked")


def _batch_rows(batch: pa.RecordBatch, *, name: str, classes: Sequence[str]) -> Iterable[tuple[int, Sequence[Any]]]:
    keys = batch.column(KEY)
    if not pa.types.is_dictionary(keys.type) or not _is_text(keys.type.value_type):
        raise BrokenFile(name, "not a column of text", column=KEY)
    if len(keys.dictionary) and pc.max(pc.utf8_length(keys.dictionary)).as_py() > LONGEST_ID:
        raise BrokenFile(name, f"longer than {LONGEST_ID} characters", column=KEY)
    for symbol in classes:
        if not pa.types.is_floating(batch.column(symbol).type) and not pa.types.is_integer(batch.column(symbol).type):
            raise BrokenFile(name, "not a column of numbers", column=symbol)
    columns = [keys.to_pylist(), *(batch.column(symbol).to_pylist() for symbol in classes)]
    return enumerate(zip(*columns, strict=True), start=1)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _order(header: Sequence[str], name: str, classes: Sequence[str]) -> list[int]:
    wanted = [KEY, *classes]
    for column in wanted:
        if header.count(column) != 1:
            raise BrokenFile(name, "missing" if column not in header else "there twice", column=column)
    if extra := [column for column in header if column not in wanted]:
        raise BrokenFile(name, f"unknown; there should be {', '.join(wanted)}", column=extra[0][:60])
    return [header.index(column) for column in wanted]


def _new_key(key: Any, found: dict[str, list[float]], *, name: str, row: int) -> str:
    word: str = key.strip() if isinstance(key, str) else ""
    if not word or len(word) > LONGEST_ID:
        raise BrokenFile(name, f"not 1 to {LONGEST_ID} characters", row=row, column=KEY)
    if word in found:
        raise BrokenFile(name, f"{word} is there twice", row=row, column=KEY)
    return word


def _probability(cell: Any, *, name: str, row: int, column: str) -> float:
    try:
        value = float(cell)
    except (TypeError, ValueError):
        value = math.nan
    if not 0 <= value <= 1:
        raise BrokenFile(name, f"{str(cell)[:40]!r} is not a probability from 0 to 1", row=row, column=column)
    return value
