"""Temporary tables filled by COPY."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql


@contextlib.contextmanager
def staged(name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> Iterator[CursorWrapper]:
    """Copy rows into a temporary table, analysed, and yield a cursor; the table is gone at the end of the block."""
    table = sql.Identifier(name)
    fields = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(t)) for c, t in columns.items())
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(table, fields))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(sql.SQL("ANALYZE {}").format(table))
        yield cursor
        cursor.execute(sql.SQL("DROP TABLE {}").format(table))
