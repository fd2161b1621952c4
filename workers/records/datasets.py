"""A published dataset as it is read, before anything of it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from workers.records.files import FileRecord
from workers.records.map_units import SYMBOLS

PIXEL_FT = 5.0
TILE_PX = 256
CRS = "EPSG:3089"


@dataclass(frozen=True)
class PublishedRegion:
    """A region of a folder: slug, name, its area (domain), what its patch ids begin with, and how its tiles are cut.

    `pixel_size` is in units of `crs`, `tile_px` a tile's side in pixels, `overlap` that of neighbours in percent.
    """

    slug: str
    name: str
    area: str
    prefix: str
    crs: str = CRS
    pixel_size: float = PIXEL_FT
    tile_px: int = TILE_PX
    overlap: int = 50

    @property
    def stem(self) -> str:
        """Return what stands before the number in a patch id and the underscore."""
        return f"{self.prefix}{self.tile_px}_{self.overlap}"

    @property
    def side(self) -> float:
        """Return the side of a tile in units of the CRS."""
        return self.tile_px * self.pixel_size


REGIONS: tuple[PublishedRegion, ...] = (
    PublishedRegion("warren", "Warren County", "warren", ""),
    PublishedRegion("howe-valley", "Howe Valley", "hardin", "hv_"),
    PublishedRegion("sonora", "Sonora", "hardin", "sonora_"),
)


@dataclass(frozen=True)
class Terms:
    """What the files of a folder may speak of: regions, told apart by their ids, and classes in their order."""

    regions: tuple[PublishedRegion, ...] = REGIONS
    classes: tuple[str, ...] = SYMBOLS


PUBLISHED = Terms()


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
