"""EarthScape folders of tile files, written and read: `{patch_id}_{channel}.tif`, and tables beside them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workers.errors import InvalidInput
from workers.records.codec import from_data
from workers.records.datasets import REGIONS, DatasetResult, PublishedRegion
from workers.records.files import FileRecord
from workers.records.grids import Grid
from workers.records.regions import ChannelRaster

_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,40}")

FORMAT = "EarthScape Web tile folder 1"
METADATA = "metadata.json"
CHECKSUMS = "checksums.sha256"
LARGEST_METADATA = 1 << 20
FolderLayout = Literal["v1.0.1", "v1.1"]
LAYOUTS: tuple[FolderLayout, ...] = ("v1.1", "v1.0.1")
OnDisagreement = Literal["refuse", "first"]


@dataclass(frozen=True)
class ExportedRegion:
    """One region to write: where its tiles' ids begin, its grid, the analysis raster of each channel by today's name
    (a path), and the statistics of each channel (mean, standard deviation).
    """

    slug: str
    name: str
    area: str
    made: bool
    prefix: str
    overlap: int
    tile_px: int
    grid: Grid
    rasters: Mapping[str, str]
    statistics: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class ExportDataset:
    """What the child process of `export-dataset` is told.

    `tiles` is a CSV in the job's folder with the columns patch_id, region, left, bottom, right, top (CRS units), col,
    row (of the window on the region's grid), subset (empty outside the split), and per class `area_` and `label_`
    columns, in the order in which the tables are written.
    """

    layout: FolderLayout
    dataset_version: str
    title: str
    label_revision: str
    classes: tuple[str, ...]
    split: str | None
    licence: str
    citation: str
    regions: tuple[ExportedRegion, ...]
    tiles: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FolderRegion:
    """One region of a folder as its metadata describe it; `folder` is where its files are, `channels` today's names."""

    slug: str
    name: str
    area: str
    made: bool
    prefix: str
    overlap: int
    tile_px: int
    folder: str
    grid: Grid
    channels: tuple[str, ...]
    tiles: int

    def terms(self) -> PublishedRegion:
        """Return what the readers of tables and footprints need to know of it."""
        grid = self.grid
        return PublishedRegion(
            self.slug, self.name, self.area, self.prefix, grid.crs, grid.pixel_size, self.tile_px, self.overlap
        )


@dataclass(frozen=True)
class FolderMetadata:
    """The `metadata.json` of a folder that was exported. `checksums` is the file with the SHA-256 of all others;
    `files` and `bytes` count those.
    """

    format: str
    layout: FolderLayout
    dataset_version: str
    title: str
    label_revision: str
    classes: tuple[str, ...]
    split: str | None
    subsets: Mapping[str, int]
    licence: str
    citation: str
    credit: str
    regions: tuple[FolderRegion, ...]
    files: int
    bytes: int
    checksums: FileRecord
    notes: tuple[str, ...] = ()

    @property
    def is_published(self) -> bool:
        """Return whether these are the published regions of a published dataset version."""
        return self.dataset_version.startswith("earthscape-v") and all(
            region.terms() in REGIONS for region in self.regions
        )


def metadata_from(text: str) -> FolderMetadata | None:
    """Return the metadata of an exported folder, or None if the text is somebody else's `metadata.json`.

    Raises:
        InvalidInput: ours by its format, with a field that is unknown, missing or of another type, or a region's names
            are none: they become names of files, and columns.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return None
    found = from_data(FolderMetadata, data, where=METADATA)
    for number, region in enumerate(found.regions):
        _check_names(region, where=f"{METADATA}.regions[{number}]")
    return found


def _check_names(region: FolderRegion, *, where: str) -> None:
    if not _PREFIX.fullmatch(region.prefix):
        raise InvalidInput(f"{where}.prefix: up to 40 letters, digits, underscores and hyphens")
    for name, text, longest in (("slug", region.slug, 60), ("name", region.name, 120), ("area", region.area, 60)):
        if not 0 < len(text) <= longest or not text.isprintable():
            raise InvalidInput(f"{where}.{name}: 1 to {longest} printable characters")


def own_regions(metadata: FolderMetadata | None, *, rename: Mapping[str, str]) -> dict[str, str]:
    """Return, by the slug in the folder, what each region is stored as."""
    parts = REGIONS if metadata is None else tuple(region.terms() for region in metadata.regions)
    return {part.slug: rename.get(part.slug, part.slug) for part in parts}


@dataclass(frozen=True)
class ExportResult:
    """What `export-dataset` leaves: an EarthScape folder below the job's folder."""

    folder: str
    tiles: int
    files: int
    bytes: int
    manifest: FileRecord
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ReadTiles:
    """What the child process of `import-tiles` is told. `first` keeps, where tiles that overlap disagree, the pixels of
    the one that comes first by number.
    """

    folder: str
    on_disagreement: OnDisagreement = "refuse"


@dataclass(frozen=True)
class RebuiltRegion:
    """The rasters of one region; paths in `channels` are relative to `folder`, that relative to the job's.

    `checksum` is the SHA-256 over the names and checksums of all `files` tile files, `bytes` their size.
    """

    slug: str
    folder: str
    grid: Grid
    channels: tuple[ChannelRaster, ...]
    files: int
    bytes: int
    checksum: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TilesResult:
    """What `import-tiles` leaves: the tables as `import-dataset` does, and rasters of the regions that have files.

    `parts` describes every region of the folder; `metadata` is that of an exported folder.
    """

    dataset: DatasetResult
    parts: tuple[PublishedRegion, ...]
    rebuilt: tuple[RebuiltRegion, ...]
    metadata: FolderMetadata | None = None
