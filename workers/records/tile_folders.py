"""EarthScape folders of tile files, written and read: `{patch_id}_{channel}.tif`, and tables beside them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workers.errors import InvalidInput
from workers.records.codec import from_data
from workers.records.datasets import REGIONS, DatasetResult, PublishedRegion
from workers.records.files import FileRecord
from workers.records.grids import Grid
from workers.records.regions import ChannelRaster

_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,40}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_VERSION = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.]{0,59}")

PUBLISHED_VERSIONS = ("earthscape-v1.0", "earthscape-v1.0.1", "earthscape-v1.1", "earthscape-v1.1-smoke")

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
    columns, in the order in which the tables are written. `reserve` bytes of the disk stay free.
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
    reserve: int = 0


@dataclass(frozen=True)
class FolderRegion:
    """One region of a folder as its metadata describe it; `channels` are today's names."""

    slug: str
    name: str
    area: str
    made: bool
    prefix: str
    overlap: int
    tile_px: int
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
        return self.dataset_version in PUBLISHED_VERSIONS and all(region.terms() in REGIONS for region in self.regions)


def metadata_from(text: str) -> FolderMetadata | None:
    """Return the metadata of an exported folder, or None if the text is somebody else's `metadata.json`.

    Raises:
        InvalidInput: no JSON, which a broken copy of ours may be; or ours by its format, with a field that is unknown,
            missing or of another type, or with names that are none: they become paths, and columns.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{METADATA}: not JSON") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return None
    found = from_data(FolderMetadata, _without_folders(data), where=METADATA)
    _check_names(found)
    return found


def _without_folders(data: dict[str, Any]) -> dict[str, Any]:
    """Earlier exports told the folder of each region, which nothing has ever read."""
    regions = data.get("regions")
    if not isinstance(regions, list):
        return data
    kept = [{k: v for k, v in row.items() if k != "folder"} if isinstance(row, dict) else row for row in regions]
    return data | {"regions": kept}


def _check_names(found: FolderMetadata) -> None:
    names = {
        "dataset_version": found.dataset_version,
        "label_revision": found.label_revision,
        "split": found.split or "x",
    }
    for field, text in names.items():
        if not _VERSION.fullmatch(text):
            raise InvalidInput(f"{METADATA}.{field}: 1 to 60 letters, digits, hyphens, underscores and dots")
    _check_text(found.title, f"{METADATA}.title", longest=120)
    for number, region in enumerate(found.regions):
        _check_region(region, where=f"{METADATA}.regions[{number}]")
    if len({region.slug for region in found.regions}) < len(found.regions):
        raise InvalidInput(f"{METADATA}.regions: two of them have one slug")


def _check_region(region: FolderRegion, *, where: str) -> None:
    if not _SLUG.fullmatch(region.slug):
        raise InvalidInput(f"{where}.slug: 1 to 60 small letters, digits and hyphens")
    if not _PREFIX.fullmatch(region.prefix):
        raise InvalidInput(f"{where}.prefix: up to 40 letters, digits, underscores and hyphens")
    if not 0 <= region.overlap < 100:
        raise InvalidInput(f"{where}.overlap: from 0 to 99 percent")
    _check_text(region.name, f"{where}.name", longest=120)
    _check_text(region.area, f"{where}.area", longest=60)


def _check_text(text: str, where: str, *, longest: int) -> None:
    if not 0 < len(text) <= longest or not text.isprintable():
        raise InvalidInput(f"{where}: 1 to {longest} printable characters")


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
    the one that comes first by number. `reserve` bytes of the disk stay free.
    """

    folder: str
    on_disagreement: OnDisagreement = "refuse"
    reserve: int = 0


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
