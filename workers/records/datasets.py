"""A published dataset as it is read, before anything of it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from workers.records.files import FileRecord

PIXEL_FT = 5.0
TILE_PX = 256
CRS = "EPSG:3089"


@dataclass(frozen=True)
class PublishedRegion:
    """A region of the published data: slug, name, its area (domain), and what its patch ids begin with."""

    slug: str
    name: str
    area: str
    prefix: str


REGIONS: tuple[PublishedRegion, ...] = (
    PublishedRegion("warren", "Warren County", "warren", ""),
    PublishedRegion("howe-valley", "Howe Valley", "hardin", "hv_"),
    PublishedRegion("sonora", "Sonora", "hardin", "sonora_"),
)


@dataclass(frozen=True)
class ReadDataset:
    """What the child process of `import-dataset` is told: the folder, in one of the published layouts."""

    folder: str


@dataclass(frozen=True)
class RegionCounts:
    """Counts of one region: tiles, tiles with a footprint, and tiles holding each class."""

    slug: str
    tiles: int
    footprints: int
    per_class: Mapping[str, int]


@dataclass(frozen=True)
class DatasetResult:
    """What `import-dataset` leaves in its folder.

    `tiles` is a CSV with the columns patch_id, region, number, left, bottom, right, top (empty without geometry; US
    survey feet in `CRS`), subset (empty outside the split), and per class `area_` and `label_` columns; ordered by
    region and number. `norms` is a CSV with the columns region, channel, mean, std. `label_checksum` is taken over ids,
    areas and labels; `sources` are the files read, relative to the imported folder.
    """

    version: str
    title: str
    layout: str
    classes: tuple[str, ...]
    regions: tuple[RegionCounts, ...]
    subsets: Mapping[str, int]
    tiles: FileRecord
    norms: FileRecord
    label_checksum: str
    sources: tuple[FileRecord, ...]
    notes: tuple[str, ...]
