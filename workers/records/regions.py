"""The specification of a region to process, and what processing leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from workers.records.channels import WINDOWS_PX
from workers.records.downloads import DownloadedFile, Downloads
from workers.records.files import FileRecord
from workers.records.grids import Grid
from workers.records.quality import Quality
from workers.records.services import ServiceSource

ElevationUnit = Literal["metre", "foot", "US survey foot"]

ROLES = ("dem", "imagery", "map_units", "streams", "roads")
"""The fields of `RegionSpec` that hold sources."""

ROLE_WORDS = {
    "dem": "elevation",
    "imagery": "imagery",
    "map_units": "geologic map",
    "streams": "streams",
    "roads": "roads",
}
"""What people call them."""

LONGEST_BORDER = "longest-border"
"""In `reassign` in place of a symbol: that of the neighbour with which a polygon shares the longest border."""


@dataclass(frozen=True)
class UrlField:
    """A field of a tile index that holds URLs, and what the index knows of the file behind each.

    `year` is the name of the field with the year, or the year itself where the name of the field says it
    (`Boxzip2021`); `size` (bytes) and `sha256` (hex) are names of fields.
    """

    url: str
    year: str | int | None = None
    size: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class TileIndexSource:
    """A layer whose polygons say where there is a file to download: GeoJSON, GeoPackage or a file geodatabase at
    `path`, or one layer of a `service`.

    `id` is the field that names a tile. A tile may have several rows, and a row several URLs (`urls`): of all that are
    not null, the `newest` is taken, or the one of the year that `choose` gives.
    """

    id: str
    urls: tuple[UrlField, ...]
    path: str = ""
    service: ServiceSource | None = None
    layer: str | None = None
    choose: Literal["newest"] | int = "newest"


@dataclass(frozen=True)
class RasterSource:
    """Raster files of one kind that are mosaicked in the order given, the first one winning; a folder stands for all
    GeoTIFF files in it, by name. Instead of `paths`, `index` names the files to download, which are mosaicked in the
    order of their tiles' ids.

    `bands` names the bands in file order (`dem`, or `aerialr`, `aerialg`, `aerialb`, `aerialnir`). `unit` is that of
    elevations, where the files do not declare it, or declare it wrongly. `nodata` counts as no data besides what the
    files declare; `range` are the values of imagery that become 1 and 255. Both are values as the files hold them.
    """

    paths: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    unit: ElevationUnit | None = None
    index: TileIndexSource | None = None
    nodata: float | None = None
    range: tuple[float, float] | None = None

    @property
    def is_remote(self) -> bool:
        """Return whether its files are still to be downloaded."""
        return self.index is not None


@dataclass(frozen=True)
class VectorSource:
    """Vector files of one kind, the index of those to download, or a service to be asked; `attribute` holds the
    map-unit symbol where there is one.
    """

    paths: tuple[str, ...] = ()
    layer: str | None = None
    attribute: str | None = None
    index: TileIndexSource | None = None
    service: ServiceSource | None = None

    @property
    def is_remote(self) -> bool:
        """Return whether its files are still to be downloaded."""
        return self.index is not None or self.service is not None


@dataclass(frozen=True)
class GridSpec:
    """The grid asked for: CRS, pixel size and, unless the mapped area gives them, bounds (left, bottom, right, top),
    all in CRS units.
    """

    crs: str
    pixel_size: float
    bounds: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class TerrainSpec:
    """Scales of the terrain channels: coarse resolutions in CRS units, windows in pixels, sigma of the Gaussian in
    coarse pixels.
    """

    resolutions: tuple[float, ...] = (10.0, 20.0, 50.0, 100.0, 200.0)
    windows: tuple[int, ...] = WINDOWS_PX
    dem_sigma: float = 2.0
    feature_sigma: float = 2.0


@dataclass(frozen=True)
class ExtraSpec:
    """Channels that EarthScape lacks, none of them unless asked for.

    `tpi` has radii in pixels, `rel` windows in pixels, of which 0 stands for the side of a tile; `plain_curvature` adds
    curvatures without the logarithm at every scale.
    """

    hand: bool = False
    rel: tuple[int, ...] = ()
    tpi: tuple[int, ...] = ()
    mdhs: bool = False
    hillshade: bool = False
    plain_curvature: bool = False


@dataclass(frozen=True)
class TileSpec:
    """How tiles are cut: side and step in pixels, what stands before the number in `patch_id`, and of how much of a
    tile a class must cover more for its label to be 1.
    """

    size: int = 256
    step: int = 128
    prefix: str = ""
    label_threshold: float = 0.0


@dataclass(frozen=True)
class RegionSpec:
    """Everything `process-region` is told. A source that is absent means that its channels are absent.

    `buffer` is in CRS units; `reassign` maps symbols of the source map to symbols of the catalogue; `made` marks data
    that no one surveyed.
    """

    slug: str
    name: str
    area: str
    grid: GridSpec
    dem: RasterSource | None = None
    imagery: RasterSource | None = None
    map_units: VectorSource | None = None
    streams: VectorSource | None = None
    roads: VectorSource | None = None
    buffer: float = 1000.0
    reassign: Mapping[str, str] = field(default_factory=dict)
    terrain: TerrainSpec = field(default_factory=TerrainSpec)
    extras: ExtraSpec = field(default_factory=ExtraSpec)
    tiles: TileSpec = field(default_factory=TileSpec)
    made: bool = False


@dataclass(frozen=True)
class ProcessRegion:
    """What the child process is told: the region, where finished stages are kept, and how sources that a tile index
    names may be downloaded.

    `together` is the folder by which workers that make the region together claim its parts, None for one alone.
    """

    region: RegionSpec
    stages: str
    classes: tuple[str, ...]
    downloads: Downloads | None = None
    together: str | None = None


def source_roles(spec: RegionSpec) -> dict[str, RasterSource | VectorSource]:
    """Return the sources that a specification has, by their names in it."""
    return {role: source for role in ROLES if (source := getattr(spec, role)) is not None}


def with_sources(spec: RegionSpec, sources: Mapping[str, RasterSource | VectorSource | None]) -> RegionSpec:
    """Return the specification with these sources in place of those of the same names."""
    changes: dict[str, Any] = dict(sources)
    return replace(spec, **changes)


@dataclass(frozen=True)
class ChannelStatistics:
    """Over the valid pixels of one channel: counts, range, mean, population standard deviation, percentiles and a
    histogram.

    `percentiles` has the keys "1", "2", "25", "50", "75", "98", "99"; `histogram` has 64 counts between `minimum` and
    `maximum`. Where no pixel is valid, all but the counts are None, `percentiles` and `histogram` empty.
    """

    valid_pixels: int
    nodata_pixels: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    std: float | None
    percentiles: Mapping[str, float]
    histogram: tuple[int, ...]


@dataclass(frozen=True)
class ChannelRaster:
    """One finished channel: the analysis raster on the region's grid and the 8-bit Web Mercator copy for display.

    In the display copy 0 is nothing; 1-255 span `display_range` linearly, or are the class value (`mask`) or value + 1
    (`nhd`, `osm`). The analysis raster of a continuous channel has -9999 for nodata; of images and classes 0 (black is
    stored as 1); `nhd` and `osm` have none.
    """

    channel: str
    analysis: FileRecord
    display: FileRecord
    dtype: str
    nodata: float | None
    display_range: tuple[float, float]
    statistics: ChannelStatistics


@dataclass(frozen=True)
class RegionResult:
    """What `process-region` leaves in its folder, paths relative to it.

    `tiles` is a CSV with the columns patch_id, col, row (of the tile's upper left pixel on the grid) and per class two
    proportions, that of its polygons under its symbol and that of its pixels in the mask under `mask_` and the symbol
    (absent without map units: no class columns); `map_units` a GeoJSON of repaired polygons with the property `symbol`;
    `boundary` a GeoJSON MultiPolygon, the mapped area or, without map units, the rectangle of the grid; both in the
    region's CRS. `notes` are sentences for the user; `downloads` are the sources that tile indexes named.
    """

    grid: Grid
    channels: tuple[ChannelRaster, ...]
    tiles: FileRecord
    tile_count: int
    boundary: FileRecord
    map_units: FileRecord | None
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    downloads: tuple[DownloadedFile, ...] = ()
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True)
class HelpRegion:
    """What the child process of `help-region` is told: what the one that it helps was told, with the folders as they
    are seen from here; None where there is nothing to help with any more.
    """

    told: ProcessRegion | None


@dataclass(frozen=True)
class HelpResult:
    """What `help-region` leaves: how many stages and strips it has computed, all of them in the folder of stages."""

    parts: int
