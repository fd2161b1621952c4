"""What a region's specification must keep to before anything is opened."""

import math
import re
from collections.abc import Mapping, Sequence

from workers.errors import InvalidInput
from workers.records.channels import CATALOGUE
from workers.records.crs import checked_crs
from workers.records.labels import check_threshold
from workers.records.nearest import did_you_mean
from workers.records.regions import (
    LONGEST_BORDER,
    ExtraSpec,
    GridSpec,
    RasterSource,
    RegionSpec,
    TerrainSpec,
    TileIndexSource,
    TileSpec,
    VectorSource,
    source_roles,
)
from workers.records.services import ServiceSource

IMAGE_BANDS = tuple(channel.name for channel in CATALOGUE if channel.kind == "image")
_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,40}")
_MOST_SCALES = 20  # each costs as much as a channel of its own
_SMALLEST, _LARGEST = 16, 4096  # pixels of a tile's side
_LEAST_STEP = 8
_BRIGHTEST = 65535  # of 16 bits
_MOST_REACH = 1024  # pixels; every row of a strip is read with so many more
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_MOST_LAYERS = 20
_LARGEST_SIGMA = 50
_ONE_OF_THREE = "paths, an index or a service, one of the three"
_FARTHEST = 1e9  # CRS units, as for the coordinates of vector files
_SMALLEST_PIXEL = 1e-6  # CRS units; less and a coordinate counted in pixels is no number any more
_COARSEST = 4096  # pixels of the grid; more and nothing of the ground is left to see


def check_region(spec: RegionSpec) -> None:
    """Check grid, bands, scales, windows and tiles.

    Raises:
        InvalidInput: naming the field and what is wrong with it.
    """
    _check_grid(spec.grid)
    if not any((spec.dem, spec.imagery, spec.map_units, spec.streams, spec.roads)):
        raise InvalidInput("the region has no source at all; give one of dem, imagery, map_units, streams, roads")
    for role, source in source_roles(spec).items():
        _check_source(role, source)
    _check_area(spec)
    _check_bands(spec)
    _check_terrain(spec.terrain, pixel_size=spec.grid.pixel_size)
    _check_extras(spec)
    if spec.map_units is not None and not spec.map_units.attribute:
        raise InvalidInput("map_units.attribute: name the attribute that holds the symbol")
    if not 0 <= spec.buffer <= _FARTHEST:
        raise InvalidInput(f"buffer: {spec.buffer} is not a distance")
    _check_tiles(spec.tiles)


def check_reassignment(reassign: Mapping[str, str], classes: Sequence[str]) -> None:
    """Check that symbols are given those of the catalogue, `classes`, or their neighbours'.

    Raises:
        InvalidInput: naming the symbol, what it may be given, and what may have been meant.
    """
    allowed = (*classes, LONGEST_BORDER)
    for symbol, to in reassign.items():
        if to not in allowed:
            raise InvalidInput(
                f"reassign.{symbol[:60]}: {to[:60]!r} is no symbol of the catalogue; known are {', '.join(classes)}, "
                f"and {LONGEST_BORDER} for that of the neighbour{did_you_mean(to[:60], allowed)}"
            )


def check_pixel_size(size: float) -> None:
    """Check the side of a pixel in CRS units.

    Raises:
        InvalidInput: not a number above 0, or too small to count with.
    """
    if not (math.isfinite(size) and size >= _SMALLEST_PIXEL):
        raise InvalidInput(f"grid.pixel_size: {size} is not a size of {_SMALLEST_PIXEL:f} or more")


def check_bounds(bounds: tuple[float, float, float, float]) -> None:
    """Check left, bottom, right and top of a region in CRS units.

    Raises:
        InvalidInput: they have no area, or are no numbers.
    """
    left, bottom, right, top = bounds
    if not all(map(math.isfinite, bounds)) or right <= left or top <= bottom:
        raise InvalidInput(f"grid.bounds: {bounds} has no area; the order is left, bottom, right, top")


def _check_grid(grid: GridSpec) -> None:
    checked_crs(grid.crs)
    check_pixel_size(grid.pixel_size)
    if grid.bounds is not None:
        check_bounds(grid.bounds)
        if max(map(abs, grid.bounds)) > _FARTHEST:
            raise InvalidInput(f"grid.bounds: {grid.bounds} lies off the Earth")


def _check_source(role: str, source: RasterSource | VectorSource) -> None:
    index, service = source.index, source.service if isinstance(source, VectorSource) else None
    if [bool(source.paths), index is not None, service is not None].count(True) != 1:
        kinds = "paths or by an index, one of the two" if isinstance(source, RasterSource) else _ONE_OF_THREE
        raise InvalidInput(f"{role}: name its files by {kinds}")
    if service is not None:
        _check_service(f"{role}.service", service)
    if index is not None:
        _check_index(role, index)


def _check_service(name: str, service: ServiceSource) -> None:
    if not service.url.startswith(("http://", "https://")) or "?" in service.url:
        raise InvalidInput(f"{name}.url: {service.url[:300]!r} is not a URL that begins with http:// or https://")
    if service.kind == "overpass" and service.layers:
        raise InvalidInput(f"{name}.layers: Overpass has none")
    if service.kind == "arcgis" and not 0 < len(service.layers) <= _MOST_LAYERS:
        raise InvalidInput(f"{name}.layers: name the numbers of 1 to {_MOST_LAYERS} layers")
    if any(layer < 0 for layer in service.layers):
        raise InvalidInput(f"{name}.layers: the numbers of layers begin with 0")


def _check_index(role: str, index: TileIndexSource) -> None:
    if bool(index.path) == (index.service is not None):
        raise InvalidInput(f"{role}.index: name a file by path or a service, one of the two")
    if index.service is not None:
        _check_service(f"{role}.index.service", index.service)
        if len(index.service.layers) != 1:
            raise InvalidInput(f"{role}.index.service: must be one layer of an ArcGIS service")
    if not index.id or not index.urls or not all(field.url for field in index.urls):
        raise InvalidInput(f"{role}.index: name the field that holds the id and at least one that holds URLs")
    years = [index.choose, *(field.year for field in index.urls)]
    for year in years:
        if isinstance(year, int) and not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise InvalidInput(f"{role}.index: {year} is not a year")


def _check_area(spec: RegionSpec) -> None:
    """What is downloaded is what lies in the region, so its extent cannot come from what is downloaded."""
    indexed = [role for role, source in source_roles(spec).items() if source.is_remote]
    if indexed and spec.grid.bounds is None and (spec.map_units is None or "map_units" in indexed):
        raise InvalidInput(
            f"{indexed[0]}.{'index' if source_roles(spec)[indexed[0]].index else 'service'}: "
            "which tiles are needed is not known; give grid.bounds, or map_units by path"
        )


def _check_bands(spec: RegionSpec) -> None:
    if spec.dem is not None and spec.dem.bands != ("dem",):
        raise InvalidInput("dem.bands: must be the one band dem")
    if spec.imagery is not None and spec.imagery.unit is not None:
        raise InvalidInput("imagery.unit: only elevations have a unit")
    if spec.dem is not None and spec.dem.range is not None:
        raise InvalidInput("dem.range: only imagery has a range")
    if spec.imagery is None:
        return
    _check_range(spec.imagery.range)
    bands = spec.imagery.bands
    unknown = [band for band in bands if band not in IMAGE_BANDS]
    if unknown or not bands or len(set(bands)) < len(bands):
        raise InvalidInput(
            f"imagery.bands: {', '.join(bands)[:200] or 'none'}; each of {', '.join(IMAGE_BANDS)} at most once"
        )


def _check_range(values: tuple[float, float] | None) -> None:
    if values is not None and not 0 <= values[0] <= values[1] - 1 <= _BRIGHTEST - 1:
        raise InvalidInput(
            f"imagery.range: {values[0]:g} and {values[1]:g} are not two values of 16 bits from low to high, "
            f"0 to {_BRIGHTEST} and 1 or more apart"
        )


def _check_tiles(tiles: TileSpec) -> None:
    if not _PREFIX.fullmatch(tiles.prefix):  # it goes into file names and tables
        raise InvalidInput("tiles.prefix: up to 40 letters, digits, underscores and hyphens")
    check_threshold(tiles.label_threshold, field="tiles.label_threshold")
    least_step = max(_LEAST_STEP, tiles.size // 8)  # more overlap than seven eighths makes millions of tiles
    for name, value, least in (("size", tiles.size, _SMALLEST), ("step", tiles.step, least_step)):
        if not least <= value <= _LARGEST:
            raise InvalidInput(f"tiles.{name}: {value} is not between {least} and {_LARGEST} pixels")


def _check_terrain(terrain: TerrainSpec, *, pixel_size: float) -> None:
    named = ("resolutions", [f"{size:g}" for size in terrain.resolutions]), ("windows", list(map(str, terrain.windows)))
    for field, names in named:  # two of one name would be the same channel
        if len(set(names)) < len(names) or len(names) > _MOST_SCALES:
            raise InvalidInput(f"terrain.{field}: each at most once, {_MOST_SCALES} in all")
    for window in terrain.windows:
        if window < 3 or window % 2 == 0 or window > 1001:
            raise InvalidInput(f"terrain.windows: {window} is not an odd number from 3 to 1001")
    for resolution in terrain.resolutions:
        if not 0 < resolution <= _COARSEST * pixel_size:
            raise InvalidInput(
                f"terrain.resolutions: {resolution} is not a size above 0 and up to {_COARSEST} pixels of the grid"
            )
    for field, sigma in (("dem_sigma", terrain.dem_sigma), ("feature_sigma", terrain.feature_sigma)):
        if not 0 <= sigma <= _LARGEST_SIGMA:
            raise InvalidInput(f"terrain.{field}: {sigma} is not between 0 and {_LARGEST_SIGMA} coarse pixels")


def _check_extras(spec: RegionSpec) -> None:
    asked = spec.extras
    if spec.dem is None and asked != ExtraSpec():
        raise InvalidInput("extras: all of them are made from elevation; give dem")
    if asked.hand and spec.streams is None:
        raise InvalidInput("extras.hand: height above drainage needs to know where water is; give streams")
    for field, sizes, least in (("tpi", asked.tpi, 1), ("rel", asked.rel, 0)):
        if len(set(sizes)) < len(sizes) or len(sizes) > _MOST_SCALES:
            raise InvalidInput(f"extras.{field}: each at most once, {_MOST_SCALES} in all")
        for size in sizes:
            if not least <= size <= _MOST_REACH:
                raise InvalidInput(f"extras.{field}: {size} is not between {least} and {_MOST_REACH} pixels")
