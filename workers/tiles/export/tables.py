"""The tables and footprints beside the tile files. Numbers are written so that reading them gives the same bits."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workers.records.channels import name_in_layout
from workers.records.grids import Window
from workers.records.tile_folders import ExportedRegion, FolderLayout
from workers.tiles.importing.footprints import Bounds, crs_name


@dataclass(frozen=True)
class ExportedTile:
    """A tile to write: its footprint in CRS units, its window, and areas and labels in the order of the classes."""

    patch_id: str
    region: str
    bounds: Bounds
    window: Window
    subset: str
    areas: tuple[float, ...]
    labels: tuple[int, ...]


def parse_tiles(text: Iterable[str], classes: Sequence[str], sizes: dict[str, int]) -> list[ExportedTile]:
    """Return the tiles of the table that the job's preparation wrote; `sizes` gives each region's tile side."""
    return [
        ExportedTile(
            patch_id=row["patch_id"],
            region=row["region"],
            bounds=(float(row["left"]), float(row["bottom"]), float(row["right"]), float(row["top"])),
            window=Window(int(row["col"]), int(row["row"]), sizes[row["region"]], sizes[row["region"]]),
            subset=row["subset"],
            areas=tuple(float(row[f"area_{symbol}"]) for symbol in classes),
            labels=tuple(int(row[f"label_{symbol}"]) for symbol in classes),
        )
        for row in csv.DictReader(text)
    ]


def areas_table(tiles: Iterable[ExportedTile], classes: Sequence[str]) -> str:
    """Return `patch_id` and a proportion per class."""
    return _table(("patch_id", *classes), ((tile.patch_id, *map(repr, tile.areas)) for tile in tiles))


def labels_table(tiles: Iterable[ExportedTile], classes: Sequence[str]) -> str:
    """Return `patch_id` and 0 or 1 per class."""
    return _table(("patch_id", *classes), ((tile.patch_id, *tile.labels) for tile in tiles))


def statistics_table(region: ExportedRegion, layout: FolderLayout) -> str:
    """Return `path`, `mean` and `std` of each channel that they are known of."""
    rows = (
        (f"{name_in_layout(channel, layout)}.tif", repr(mean), repr(std))
        for channel, (mean, std) in region.statistics.items()
    )
    return _table(("path", "mean", "std"), rows)


def footprints(tiles: Iterable[ExportedTile], crs: str) -> str:
    """Return the squares of tiles as GeoJSON in their own CRS, one feature a line."""
    head = json.dumps({"type": "name", "properties": {"name": crs_name(crs)}})
    features = ",\n".join(json.dumps(_feature(tile)) for tile in tiles)
    return f'{{"type": "FeatureCollection", "crs": {head}, "features": [\n{features}\n]}}\n'


def _feature(tile: ExportedTile) -> dict[str, object]:
    left, bottom, right, top = tile.bounds
    ring = [[right, bottom], [right, top], [left, top], [left, bottom], [right, bottom]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"patch_id": tile.patch_id}, "geometry": geometry}


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()
