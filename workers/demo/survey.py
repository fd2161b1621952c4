"""The files that a survey of a made region would hand over."""

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes
from rasterio.transform import Affine
from shapely.geometry import shape

from workers.demo.character import BUFFER, CRS, PIXEL, Character
from workers.demo.earthworks import channel_half_width
from workers.demo.imagery import BANDS
from workers.demo.scene import Scene, make_scene
from workers.demo.units import polygons
from workers.demo.writing import write_layer, write_tiles
from workers.records.regions import GridSpec, RasterSource, RegionSpec, TileSpec, VectorSource


def survey(character: Character, folder: Path, *, seed: int) -> RegionSpec:
    """Make the region of a character, write its sources under `folder` and return the specification to process them."""
    scene = make_scene(character, seed=seed)
    dem = write_tiles(scene.elevation[None], scene.frame.pixels, folder / "dem", "DEM")
    imagery = write_tiles(scene.imagery, scene.imagery_lattice, folder / "imagery", "RGBN")
    symbols, units = polygons(scene.units, scene.units_lattice)
    vectors = folder / "vectors"
    return RegionSpec(
        slug=character.slug,
        name=character.name,
        area=character.area,
        grid=GridSpec(crs=CRS, pixel_size=PIXEL),
        dem=RasterSource(tuple(map(str, dem)), ("dem",), "US survey foot"),
        imagery=RasterSource(tuple(map(str, imagery)), BANDS),
        map_units=VectorSource(
            (str(write_layer(vectors / "map_units.gpkg", units, {"Symbol": symbols})),), attribute="Symbol"
        ),
        streams=VectorSource((str(_write_streams(scene, vectors)), str(_write_water(scene, vectors)))),
        roads=VectorSource((str(_write_tracks(scene, vectors)),)),
        buffer=BUFFER,
        tiles=TileSpec(prefix=f"{character.slug.removeprefix('demo-')}_"),
        made=True,
    )


def _surveyed(scene: Scene) -> shapely.Polygon:
    return shapely.box(*scene.frame.pixels.bounds)


def _write_streams(scene: Scene, folder: Path) -> Path:
    lines = [(shapely.LineString(np.column_stack([s.x, s.y])), "river" if s.trunk else "stream") for s in scene.streams]
    return _write_lines(scene, folder / "streams.gpkg", lines, "kind")


def _write_tracks(scene: Scene, folder: Path) -> Path:
    lines = [(shapely.LineString(np.column_stack([t.x, t.y])), str(t.route.kind)) for t in scene.tracks]
    return _write_lines(scene, folder / "roads.gpkg", lines, "kind")


def _write_lines(scene: Scene, path: Path, lines: list[tuple[shapely.LineString, str]], field: str) -> Path:
    clipped = [(part, kind) for line, kind in lines for part in shapely.get_parts(line.intersection(_surveyed(scene)))]
    kept = [(part, kind) for part, kind in clipped if part.geom_type == "LineString" and not part.is_empty]
    return write_layer(path, np.array([part for part, _ in kept], dtype=object), {field: [kind for _, kind in kept]})


def _write_water(scene: Scene, folder: Path) -> Path:
    """Write the river's bed and the ponds as polygons."""
    trunk = scene.streams[0]
    line = shapely.LineString(np.column_stack([trunk.x, trunk.y]))
    river = line.buffer(float(channel_half_width(trunk.area).mean())).intersection(_surveyed(scene))
    ponds = [pond for pond in _outlines(scene) if pond.area > 1000.0]
    water = [*shapely.get_parts(river), *ponds]
    kinds = ["river"] * (len(water) - len(ponds)) + ["pond"] * len(ponds)
    return write_layer(folder / "water.gpkg", np.array(water, dtype=object), {"kind": kinds})


def _outlines(scene: Scene) -> list[shapely.Polygon]:
    ponds: NDArray[np.uint8] = scene.ponds.astype(np.uint8)
    found = shapes(ponds, mask=scene.ponds, transform=Affine(*scene.frame.pixels.transform))
    return [shapely.simplify(shape(geometry), 5.0) for geometry, _ in found]
