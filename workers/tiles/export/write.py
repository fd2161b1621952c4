"""From the rasters of regions to a folder in the layout of EarthScape."""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import rasterio

from workers.errors import InvalidInput
from workers.files import check_room, describe_file, write_text
from workers.records.channels import name_in_layout
from workers.records.codec import dumps, from_data
from workers.records.progress import Reporter
from workers.records.splits import SUBSETS
from workers.records.tile_folders import (
    CHECKSUMS,
    FORMAT,
    METADATA,
    ExportDataset,
    ExportedRegion,
    ExportResult,
    FolderMetadata,
    FolderRegion,
)
from workers.tiles.export.patches import tile_files
from workers.tiles.export.places import Places, places_of
from workers.tiles.export.tables import (
    ExportedTile,
    areas_table,
    footprints,
    labels_table,
    parse_tiles,
    statistics_table,
)

CREDIT = (
    "EarthScape is the work of Massey and Imran (2025, doi:10.13023/kgs.data.05.01.2025, arXiv:2503.15625), published "
    "under CC BY 4.0; whoever shows its data gives them credit."
)
_EACH = 32  # tile files between two reports
_HEADER_BYTES = 1024  # of a tile file, at most


def export_dataset(spec: dict[str, Any], folder: Path, report: Reporter) -> ExportResult:
    """Write a folder of tile files with its tables, split and metadata below `folder`.

    1. Tables, footprints and the split. 2. The tile files, channel by channel. 3. The checksums of all files, and the
    metadata. 4. The folder takes its name: one that has it is complete.

    Args:
        spec: plain data of `ExportDataset`.
        folder: where the job's table of tiles is, and the result goes.
        report: told stage, fraction and a sentence per channel; what it raises leaves no folder of the final name.

    Raises:
        InvalidInput: no tiles, or tiles outside the rasters.
        LimitExceeded: the disk has no room for the files and the reserve; nothing is written then.
        StoreUnavailable: a raster cannot be read.
    """
    told = from_data(ExportDataset, spec)
    sizes = {region.slug: region.tile_px for region in told.regions}
    with (folder / told.tiles).open(encoding="utf-8", newline="") as stream:
        tiles = parse_tiles(stream, told.classes, sizes)
    if not tiles:
        raise InvalidInput("There are no tiles to write.")
    check_room(folder, needed=bytes_of(told, tiles), reserve=told.reserve, what="The tile files")
    name = f"earthscape-{told.dataset_version.removeprefix('earthscape-')}"
    unfinished = folder / f".{name}"
    result = _Export(told, tiles, unfinished, report).run()
    unfinished.rename(folder / name)
    report("done", 1.0, f"{result.files} files, {result.bytes:,} bytes")
    return ExportResult(name, result.tiles, result.files, result.bytes, result.manifest, result.notes)


def bytes_of(told: ExportDataset, tiles: list[ExportedTile]) -> int:
    """Return how many bytes the tile files have together, at most; the tables are small beside them."""
    counts = Counter(tile.region for tile in tiles)
    return sum(counts[region.slug] * _bytes_of_a_tile(region) for region in told.regions)


def _bytes_of_a_tile(region: ExportedRegion) -> int:
    total = 0
    for path in region.rasters.values():
        if Path(path).is_file():  # else the export itself says so
            with rasterio.open(path, driver="GTiff") as dataset:
                total += region.tile_px**2 * np.dtype(dataset.dtypes[0]).itemsize + _HEADER_BYTES
    return total


class _Export:
    """One folder on its way, with the checksums of what is written."""

    def __init__(self, told: ExportDataset, tiles: list[ExportedTile], root: Path, report: Reporter) -> None:
        self._told, self._tiles, self._root, self._report = told, tiles, root, report
        self._tiles_of = {r.slug: [tile for tile in tiles if tile.region == r.slug] for r in told.regions}
        self._places: Mapping[str, Places] = {r.slug: places_of(r, told.layout) for r in told.regions}
        self._notes = list(told.notes)
        self._lines: list[str] = []
        self._bytes = 0
        self._done = 0
        self._total = sum(len(self._tiles_of[region.slug]) * len(region.rasters) for region in told.regions)

    def run(self) -> ExportResult:
        for region in self._told.regions:
            self._write_tables(region)
        if self._told.split:
            self._write_subsets()
        for region in self._told.regions:
            self._write_patches(region)
        return self._finished()

    def _write_tables(self, region: ExportedRegion) -> None:
        self._report("tables", 0.0, f"{region.slug}: tables and footprints")
        places, tiles, told = self._places[region.slug], self._tiles_of[region.slug], self._told
        self._put(places.areas, areas_table(tiles, told.classes).encode())
        self._put(places.labels, labels_table(tiles, told.classes).encode())
        self._put(places.footprints, footprints(tiles, region.grid.crs).encode())
        self._put(places.statistics, statistics_table(region, told.layout).encode())

    def _write_subsets(self) -> None:
        crs = self._told.regions[0].grid.crs
        for subset in SUBSETS:
            name = f"{subset}.geojson" if subset.startswith("test") else f"{subset}_id.geojson"
            members = [tile for tile in self._tiles if tile.subset == subset]
            self._put(PurePosixPath("splits", name), footprints(members, crs).encode())

    def _write_patches(self, region: ExportedRegion) -> None:
        folder, tiles = self._places[region.slug].patches, self._tiles_of[region.slug]
        for channel, path in region.rasters.items():
            name = name_in_layout(channel, self._told.layout)
            self._tell(f"{region.slug}: {name}, {len(tiles)} tiles")
            before = self._done
            for tile, content in tile_files(Path(path), tiles, region.grid):
                self._put(folder / f"{tile.patch_id}_{name}.tif", content)
                self._done += 1
                if self._done % _EACH == 0:
                    self._tell()
            if without := len(tiles) - (self._done - before):
                self._done += without
                self._notes.append(f"{region.slug}: {without} tiles have no {name}: the raster has no data there")

    def _tell(self, message: str = "") -> None:
        self._report("tile files", min(0.99, self._done / max(1, self._total)), message)

    def _put(self, path: PurePosixPath, content: bytes) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self._lines.append(f"{hashlib.sha256(content).hexdigest()}  {path}\n")
        self._bytes += len(content)

    def _finished(self) -> ExportResult:
        """Write checksums and metadata, and let all of it reach the disk."""
        self._report("checksums", 0.99, f"checksums of {len(self._lines)} files")
        write_text(self._root / CHECKSUMS, "".join(self._lines))
        manifest = describe_file(self._root / CHECKSUMS, root=self._root)
        told = self._told
        metadata = FolderMetadata(
            format=FORMAT,
            layout=told.layout,
            dataset_version=told.dataset_version,
            title=told.title,
            label_revision=told.label_revision,
            classes=told.classes,
            split=told.split,
            subsets={name: sum(tile.subset == name for tile in self._tiles) for name in SUBSETS if told.split},
            licence=told.licence,
            citation=told.citation,
            credit=CREDIT,
            regions=tuple(self._described(region) for region in told.regions),
            files=len(self._lines),
            bytes=self._bytes,
            checksums=manifest,
            notes=tuple(self._notes),
        )
        write_text(self._root / METADATA, dumps(metadata) + "\n")
        os.sync()
        return ExportResult("", len(self._tiles), len(self._lines), self._bytes, manifest, tuple(self._notes))

    def _described(self, region: ExportedRegion) -> FolderRegion:
        return FolderRegion(
            slug=region.slug,
            name=region.name,
            area=region.area,
            made=region.made,
            prefix=region.prefix,
            overlap=region.overlap,
            tile_px=region.tile_px,
            grid=region.grid,
            channels=tuple(region.rasters),
            tiles=len(self._tiles_of[region.slug]),
        )
