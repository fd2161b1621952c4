"""What a region's specification must keep to before anything is opened."""

import math
import re

from workers.errors import InvalidInput
from workers.records.channels import CATALOGUE
from workers.records.regions import RegionSpec, TerrainSpec

_IMAGE_BANDS = tuple(channel.name for channel in CATALOGUE if channel.kind == "image")
_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,40}")


def check_region(spec: RegionSpec) -> None:
    """Check bands, scales, windows and names.

    Raises:
        InvalidInput: naming the field and what is wrong with it.
    """
    if not any((spec.dem, spec.imagery, spec.map_units, spec.streams, spec.roads)):
        raise InvalidInput("the region has no source at all; give one of dem, imagery, map_units, streams, roads")
    _check_bands(spec)
    _check_terrain(spec.terrain)
    if spec.map_units is not None and not spec.map_units.attribute:
        raise InvalidInput("map_units.attribute: name the attribute that holds the symbol")
    if not (math.isfinite(spec.buffer) and spec.buffer >= 0):
        raise InvalidInput(f"buffer: {spec.buffer} is not a distance")
    if not _PREFIX.fullmatch(spec.tiles.prefix):  # it goes into file names and tables
        raise InvalidInput("tiles.prefix: up to 40 letters, digits, underscores and hyphens")


def _check_bands(spec: RegionSpec) -> None:
    if spec.dem is not None and spec.dem.bands != ("dem",):
        raise InvalidInput("dem.bands: must be the one band dem")
    if spec.imagery is None:
        return
    bands = spec.imagery.bands
    unknown = [band for band in bands if band not in _IMAGE_BANDS]
    if unknown or not bands or len(set(bands)) < len(bands):
        raise InvalidInput(
            f"imagery.bands: {', '.join(bands) or 'none'}; each of {', '.join(_IMAGE_BANDS)} at most once"
        )


def _check_terrain(terrain: TerrainSpec) -> None:
    for window in terrain.windows:
        if window < 3 or window % 2 == 0 or window > 1001:
            raise InvalidInput(f"terrain.windows: {window} is not an odd number from 3 to 1001")
    for resolution in terrain.resolutions:
        if not (math.isfinite(resolution) and resolution > 0):
            raise InvalidInput(f"terrain.resolutions: {resolution} is not a size")
    for sigma in (terrain.dem_sigma, terrain.feature_sigma):
        if not 0 <= sigma <= 50:
            raise InvalidInput(f"terrain: sigma {sigma} is not between 0 and 50 pixels")
