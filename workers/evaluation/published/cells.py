"""Cells of the published score tables, read strictly: what is wrong is named by file, line and column."""

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.errors import BrokenFile

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
LARGEST_COUNT = 2**31 - 1


@dataclass(frozen=True)
class Row:
    """One line of a table: where it stands, and its cells by column."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        if column not in self.cells:
            raise BrokenFile(self.path, "this column is missing", row=1, column=column)
        return self.cells[column]

    def number(self, column: str) -> float:
        """Return a finite number, exactly as written."""
        text = self.text(column)
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise BrokenFile(self.path, f"{text!r} is not a finite number", row=self.line, column=column)
        return float(text)

    def count(self, column: str) -> int:
        value = self.number(column)
        if value != int(value) or not 0 <= value <= LARGEST_COUNT:
            raise BrokenFile(self.path, f"{self.text(column)!r} is not a count", row=self.line, column=column)
        return int(value)


def read_rows(path: Path) -> list[Row]:
    """Return the lines of a CSV table; the header is line 1.

    Raises:
        BrokenFile: no CSV in UTF-8, a column twice, a line of another length, or nothing but a header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            rows = [_row(path, reader.line_num, header, cells) for cells in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise BrokenFile(path, f"not a CSV file in UTF-8: {error}") from error
    if repeated := [name for name in header if header.count(name) > 1]:
        raise BrokenFile(path, "this column stands twice", row=1, column=repeated[0])
    if not rows:
        raise BrokenFile(path, "there is no row in it", row=1)
    return rows


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        raise BrokenFile(path, f"{len(cells)} cells, the header has {len(header)}", row=line)
    return Row(path, line, dict(zip(header, cells, strict=True)))
