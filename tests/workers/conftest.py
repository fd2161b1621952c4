"""Tiny georeferenced files, and a made set of sources for one region."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

WriteRaster = Callable[..., Path]
WriteVectors = Callable[..., Path]

LEFT, TOP = 4_700_000.0, 3_560_000.0
CLASSES = ("af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr")


@pytest.fixture
def write_raster(tmp_path: Path) -> WriteRaster:
    """Write a GeoTIFF of an array (height, width) or (bands, height, width), its upper left corner at `left`, `top`."""

    def write(
        name: str,
        array: NDArray[Any],
        *,
        left: float = LEFT,
        top: float = TOP,
        size: float = 5.0,
        crs: str | None = "EPSG:3089",
        turn: float = 0.0,
        **profile: Any,
    ) -> Path:
        bands = array if array.ndim == 3 else array[None]
        count, height, width = bands.shape
        place = Affine.translation(left, top) @ Affine.rotation(turn) @ Affine.scale(size, -size)
        shape = {"count": count, "height": height, "width": width, "dtype": bands.dtype}
        with rasterio.open(
            tmp_path / name, "w", driver="GTiff", crs=crs, transform=place, **(shape | profile)
        ) as target:
            target.write(bands)
        return tmp_path / name

    return write


@pytest.fixture
def write_vectors(tmp_path: Path) -> WriteVectors:
    """Write a GeoJSON of (geometry, properties) pairs."""

    def write(
        name: str, features: list[tuple[shapely.Geometry, dict[str, Any]]], *, crs: str = "urn:ogc:def:crs:EPSG::3089"
    ) -> Path:
        collection = {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": crs}},
            "features": [
                {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(geometry)}
                for geometry, properties in features
            ],
        }
        (tmp_path / name).write_text(json.dumps(collection))
        return tmp_path / name

    return write


@dataclass(frozen=True)
class MadeRegion:
    """The specification of a region whose sources lie in the test's folder, as plain data."""

    region: dict[str, Any]
    stages: Path

    def spec(self, **changes: Any) -> dict[str, Any]:
        """Return what the child process is told, fields of the region replaced."""
        return {"region": self.region | changes, "stages": str(self.stages), "classes": list(CLASSES)}


def _box(left: float, bottom: float, right: float, top: float) -> shapely.Geometry:
    return shapely.box(LEFT + left, TOP + bottom, LEFT + right, TOP + top)


@pytest.fixture
def made_region(tmp_path: Path, write_raster: WriteRaster, write_vectors: WriteVectors) -> MadeRegion:
    """Two DEM tiles at 5 ft, four-band imagery at 2 ft, three map units over 160 x 120 ft, a stream and a road.

    Alluvium lies in the west, residuum in the east, and in the north-east corner 40 x 40 ft of a unit Qls.
    """
    rows, cols = np.mgrid[0:40, 0:48].astype("float32")
    dem = (500 + 0.5 * cols + 3 * np.sin(rows / 4)).astype("float32")
    tiles = [write_raster("dem_w.tif", dem[:, :24]), write_raster("dem_e.tif", dem[:, 24:], left=LEFT + 120)]
    image = np.stack([np.full((100, 120), value, "uint8") for value in (60, 90, 120, 200)])
    units = [
        (_box(40, -160, 120, -40), {"Symbol": "Qal"}),
        (_box(120, -160, 200, -40).difference(_box(160, -80, 200, -40)), {"Symbol": "Qr"}),
        (_box(160, -80, 200, -40), {"Symbol": "Qls"}),
    ]
    stream = shapely.LineString([(LEFT + 62.5, TOP - 200), (LEFT + 62.5, TOP)])
    road = shapely.LineString([(LEFT, TOP - 102.5), (LEFT + 240, TOP - 102.5)])
    region = {
        "slug": "made",
        "name": "Made",
        "area": "Nowhere",
        "grid": {"crs": "EPSG:3089", "pixel_size": 5.0},
        "dem": {"paths": [str(tile) for tile in tiles], "bands": ["dem"]},
        "imagery": {
            "paths": [str(write_raster("image.tif", image, size=2.0))],
            "bands": ["aerialr", "aerialg", "aerialb", "aerialnir"],
        },
        "map_units": {"paths": [str(write_vectors("map.geojson", units))], "attribute": "Symbol"},
        "streams": {"paths": [str(write_vectors("streams.geojson", [(stream, {})]))]},
        "roads": {"paths": [str(write_vectors("roads.geojson", [(road, {})]))]},
        "buffer": 20.0,
        "reassign": {"Qls": "Qc"},
        "terrain": {"resolutions": [10.0, 20.0], "windows": [5, 11]},
        "tiles": {"size": 16, "step": 8, "prefix": "hv_"},
        "made": True,
    }
    return MadeRegion(region, tmp_path / "stages")
