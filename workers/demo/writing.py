"""Source files as a survey would hand them over: raster tiles with an index, vector layers."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.transform import Affine

from workers.demo.character import CRS
from workers.demo.lattice import Lattice

TILE_SIDE = 5000.0
NODATA = -9999.0


def write_tiles(bands: NDArray[np.generic], lattice: Lattice, folder: Path, kind: str) -> tuple[Path, ...]:
    """Write bands (count, rows, columns) as GeoTIFF tiles of 5000 ft on an even grid, and `index.geojson` with `id`
    and `file`; return the tiles.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths, features = [], []
    for name, rows, columns in _cuts(lattice):
        path = folder / f"{name}_{kind}.tif"
        box = _write_tile(path, bands[:, rows, columns], lattice, rows.start, columns.start)
        features.append(
            {
                "type": "Feature",
                "properties": {"id": name, "file": path.name},
                "geometry": shapely.geometry.mapping(box),
            }
        )
        paths.append(path)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3089"}}
    index = {"type": "FeatureCollection", "crs": crs, "features": features}
    (folder / "index.geojson").write_text(json.dumps(index), encoding="utf-8")
    return tuple(paths)


def write_layer(path: Path, geometries: NDArray[np.object_], fields: dict[str, list[str]]) -> Path:
    """Write one layer of a GeoPackage named like the file; all geometries are of one type."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(geometries),
        field_data=[np.array(values, dtype=object) for values in fields.values()],
        fields=list(fields),
        geometry_type=geometries[0].geom_type,
        crs=CRS,
        driver="GPKG",
        layer=path.stem,
    )
    return path


def _cuts(lattice: Lattice) -> Iterator[tuple[str, slice, slice]]:
    """Yield name, rows and columns of each tile; names count tiles from the origin of the CRS."""
    left, bottom, right, top = lattice.bounds
    for north in range(int(bottom // TILE_SIDE), int(-(-top // TILE_SIDE))):
        for east in range(int(left // TILE_SIDE), int(-(-right // TILE_SIDE))):
            columns = _between(east * TILE_SIDE - left, (east + 1) * TILE_SIDE - left, lattice.cell, lattice.width)
            rows = _between(top - (north + 1) * TILE_SIDE, top - north * TILE_SIDE, lattice.cell, lattice.height)
            if rows.stop > rows.start and columns.stop > columns.start:
                yield f"N{north:03d}E{east:03d}", rows, columns


def _between(low: float, high: float, cell: float, count: int) -> slice:
    return slice(max(round(low / cell), 0), min(round(high / cell), count))


def _write_tile(path: Path, part: NDArray[np.generic], lattice: Lattice, row: int, column: int) -> shapely.Polygon:
    left, top = lattice.left + column * lattice.cell, lattice.top - row * lattice.cell
    count, height, width = part.shape
    floating = part.dtype.kind == "f"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=count,
        height=height,
        width=width,
        dtype=part.dtype,
        crs=CRS,
        transform=Affine(lattice.cell, 0.0, left, 0.0, -lattice.cell, top),
        nodata=NODATA if floating else None,
        compress="deflate",
        zlevel=1,
        predictor=3 if floating else 2,
        tiled=True,
    ) as dataset:
        dataset.write(part)
    return shapely.box(left, top - height * lattice.cell, left + width * lattice.cell, top)
