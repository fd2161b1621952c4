"""Tiles and their class areas into the database, many at a time: what is the same stays untouched."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.regions.models import Region
from apps.tiles.footprints import Bounds, WebFootprints
from apps.tiles.models import DatasetVersion, LabelRevision
from apps.tiles.places import make_way
from apps.tiles.staging import staged
from workers.records.datasets import TILE_PX

BATCH = 5000

_COLUMNS = {
    "position": "integer",
    "region_id": "bigint",
    "patch_id": "text",
    "number": "integer",
    "footprint": "geometry(Polygon, 3857)",
    "bounds": "float8[]",
    "col": "integer",
    "row": "integer",
    "size": "smallint",
    "areas": "float8[]",
    "mask_areas": "float8[]",
    "present": "smallint[]",
}

# A place once known stays, to the last digit: `make_way` has refused or removed the tiles that would move. A window is
# that on the grid as it is now. What a curator said about validity stays.
_UPSERT_TILES = """
WITH upserted AS (
  INSERT INTO tiles_tile AS tile
    (dataset_version_id, region_id, patch_id, number, footprint, bounds, col, row, size, valid, validity_note)
  SELECT %(version)s, region_id, patch_id, number, footprint, bounds, col, row, size, true, ''
  FROM staged_tiles ORDER BY position
  ON CONFLICT (dataset_version_id, patch_id) DO UPDATE SET
    region_id = EXCLUDED.region_id, number = EXCLUDED.number, size = EXCLUDED.size,
    footprint = COALESCE(tile.footprint, EXCLUDED.footprint), bounds = COALESCE(tile.bounds, EXCLUDED.bounds),
    col = COALESCE(EXCLUDED.col, tile.col), row = COALESCE(EXCLUDED.row, tile.row)
  WHERE (tile.region_id, tile.number, tile.size) IS DISTINCT FROM (EXCLUDED.region_id, EXCLUDED.number, EXCLUDED.size)
    OR tile.bounds IS NULL AND EXCLUDED.bounds IS NOT NULL
    OR EXCLUDED.col IS NOT NULL AND (tile.col, tile.row) IS DISTINCT FROM (EXCLUDED.col, EXCLUDED.row)
  RETURNING (xmax = 0) AS created
)
SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created) FROM upserted
"""

# Areas of pixels once known stay while the areas of polygons beside them do.
_UPSERT_LABELS = """
WITH upserted AS (
  INSERT INTO tiles_tilelabels AS labels (tile_id, label_revision_id, areas, mask_areas, present)
  SELECT tile.id, %(revision)s, staged.areas, staged.mask_areas, staged.present
  FROM staged_tiles staged
  JOIN tiles_tile tile ON tile.dataset_version_id = %(version)s AND tile.patch_id = staged.patch_id
  WHERE staged.areas IS NOT NULL ORDER BY tile.id
  ON CONFLICT (label_revision_id, tile_id) DO UPDATE SET
    areas = EXCLUDED.areas, present = EXCLUDED.present,
    mask_areas = COALESCE(EXCLUDED.mask_areas, CASE WHEN labels.areas = EXCLUDED.areas THEN labels.mask_areas END)
  WHERE (labels.areas, labels.present) IS DISTINCT FROM (EXCLUDED.areas, EXCLUDED.present)
    OR EXCLUDED.mask_areas IS NOT NULL AND labels.mask_areas IS DISTINCT FROM EXCLUDED.mask_areas
  RETURNING (xmax = 0) AS created
)
SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created) FROM upserted
"""


@dataclass(frozen=True)
class TileRow:
    """A tile to load. Bounds (in the region's CRS) and window are None without geometry, areas where none are known,
    and those of the mask where there is none.
    """

    region: Region
    patch_id: str
    number: int
    bounds: Bounds | None
    window: tuple[int, int] | None
    areas: tuple[float, ...] | None
    present: tuple[int, ...]
    size: int = TILE_PX
    mask_areas: tuple[float, ...] | None = None


@dataclass(frozen=True)
class LoadCounts:
    """How many rows were new and how many changed; of the new tiles, how many stand for one at another place."""

    tiles_created: int
    tiles_updated: int
    tiles_replaced: int
    labels_created: int
    labels_updated: int

    def as_data(self) -> Mapping[str, int]:
        return dict(vars(self))


def load_tiles(rows: Iterable[TileRow], *, version: DatasetVersion, revision: LabelRevision | None) -> LoadCounts:
    """Insert or update the tiles of a dataset version, by patch id, and their class areas. Call it in a transaction.

    Raises:
        Conflict: a tile that something refers to would have another place.
    """
    with staged("staged_tiles", _COLUMNS, _copied(rows)) as cursor:
        replaced = make_way(cursor, version=version)
        cursor.execute(_UPSERT_TILES, {"version": version.pk})
        tiles: tuple[int, int] = cursor.fetchone()
        labels = (0, 0)
        if revision:
            cursor.execute(_UPSERT_LABELS, {"version": version.pk, "revision": revision.pk})
            labels = cursor.fetchone()
    return LoadCounts(*tiles, replaced, *labels)


def _copied(rows: Iterable[TileRow]) -> Iterator[tuple[Any, ...]]:
    projections: dict[str, WebFootprints] = {}
    numbered = enumerate(rows)
    while batch := list(itertools.islice(numbered, BATCH)):
        footprints = _footprints(batch, projections)
        for position, row in batch:
            col, line = row.window or (None, None)
            bounds = list(row.bounds) if row.bounds else None
            areas, by_mask = (None if found is None else list(found) for found in (row.areas, row.mask_areas))
            head = (position, row.region.pk, row.patch_id, row.number, footprints.get(position), bounds)
            yield (*head, col, line, row.size, areas, by_mask, list(row.present))


def _footprints(batch: list[tuple[int, TileRow]], projections: dict[str, WebFootprints]) -> dict[int, str]:
    found: dict[int, str] = {}
    for crs in {row.region.crs for _, row in batch}:
        placed = [(position, row.bounds) for position, row in batch if row.bounds and row.region.crs == crs]
        project = projections.setdefault(crs, WebFootprints(crs))
        found |= zip((position for position, _ in placed), project([b for _, b in placed]), strict=True)
    return found
