"""Querysets to vector map tiles. The geometry columns are Web Mercator, so nothing is transformed."""

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import BinaryField, F, FloatField, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Floor

from apps.regions.models import WEB_MERCATOR
from workers.maptiles.reader import WORLD, MapTile

EXTENT = 4096
BUFFER = 64
CELLS_ACROSS = 64


@dataclass(frozen=True)
class Aggregate:
    """A column of a cell, in SQL over the columns of its tiles."""

    name: str
    sql: str


def envelope(tile: MapTile, *, buffered: bool = True) -> Polygon:
    left, bottom, right, top = tile.bounds
    margin = (right - left) * BUFFER / EXTENT if buffered else 0.0
    box = Polygon.from_bbox((left - margin, bottom - margin, right + margin, top + margin))
    box.srid = WEB_MERCATOR
    return box


class MVTGeometry(Func):
    """The geometry in the coordinates of the map tile. Declared as bytes, so that Django reads no geometry here."""

    output_field = BinaryField()

    def __init__(self, geometry: str | Combinable, tile: MapTile, *, clip: bool) -> None:
        super().__init__(geometry, Value(tile.z), Value(tile.x), Value(tile.y))
        self.clip = "true" if clip else "false"

    template = f"ST_AsMVTGeom(%(geometry)s, ST_TileEnvelope(%(zxy)s), {EXTENT}, {BUFFER}, %(clip)s)"

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:  # type: ignore[override]  # fewer options
        parts = [compiler.compile(source) for source in self.get_source_expressions()]
        shape, *zxy = [sql for sql, _ in parts]
        params = [value for _, values in parts for value in values]
        return self.template % {"geometry": shape, "zxy": ", ".join(zxy), "clip": self.clip}, tuple(params)


def square_tile(
    rows: QuerySet[Any],
    *,
    layer: str,
    geometry: str | Combinable,
    columns: tuple[str, ...],
    tile: MapTile,
    clip: bool = True,
) -> bytes:
    """Return a map tile with one feature a row; `columns` become its attributes, `id` its id.

    Unclipped, a shape on the edge is whole.
    """
    inner, params = (
        rows.annotate(shape=MVTGeometry(geometry, tile, clip=clip))
        .values("shape", "id", *columns)
        .query.sql_with_params()
    )
    return _fetch(
        f"SELECT ST_AsMVT(m.*, %s, {EXTENT}, 'shape', 'id') FROM ({inner}) m WHERE m.shape IS NOT NULL",
        [layer, *params],
    )


def cell_tile(
    rows: QuerySet[Any],
    *,
    layer: str,
    geometry: str,
    aggregates: tuple[Aggregate, ...],
    columns: tuple[str, ...],
    tile: MapTile,
) -> bytes:
    """Return a map tile with one feature for each of 64 x 64 cells that holds the centre of a row.

    For zooms at which squares are hardly larger than a pixel.
    """
    side = 2 * WORLD / 2**tile.z / CELLS_ACROSS
    rows = rows.annotate(cell_x=_cell(geometry, "X", side=side), cell_y=_cell(geometry, "Y", side=side))
    inner, params = rows.values("cell_x", "cell_y", *columns).query.sql_with_params()
    chosen = "".join(f", {aggregate.sql} AS {aggregate.name}" for aggregate in aggregates)
    return _fetch(
        f"""
        SELECT ST_AsMVT(m.*, %s, {EXTENT}, 'shape') FROM (
          SELECT ST_AsMVTGeom(
              ST_MakeEnvelope(
                cell_x * %s - %s, %s - (cell_y + 1) * %s, (cell_x + 1) * %s - %s, %s - cell_y * %s, {WEB_MERCATOR}),
              ST_TileEnvelope(%s, %s, %s), {EXTENT}, 0, true) AS shape,
            count(*) AS tiles{chosen}
          FROM ({inner}) r
          WHERE cell_x BETWEEN %s AND %s AND cell_y BETWEEN %s AND %s
          GROUP BY cell_x, cell_y) m
        """,
        [
            layer, side, WORLD, WORLD, side, side, WORLD, WORLD, side, tile.z, tile.x, tile.y, *params,
            *_span(tile.x), *_span(tile.y),
        ],
    )  # fmt: skip


def _span(position: int) -> tuple[int, int]:
    return position * CELLS_ACROSS, (position + 1) * CELLS_ACROSS - 1


def _cell(geometry: str, axis: str, *, side: float) -> Floor:
    """Return the number of the cell, counted from the world's upper left corner, holding the centre of a square."""
    middle = (
        Func(F(geometry), function=f"ST_{axis}Min", output_field=FloatField())
        + Func(F(geometry), function=f"ST_{axis}Max", output_field=FloatField())
    ) / 2.0
    from_corner = middle + WORLD if axis == "X" else WORLD - middle
    return Floor(from_corner / side, output_field=IntegerField())


def _fetch(sql: str, params: list[Any]) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return bytes(row[0]) if row and row[0] else b""
