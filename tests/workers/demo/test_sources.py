import json

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from tests.workers.demo.small import SEED
from workers.demo.sources import make_sources, write_sources
from workers.errors import InvalidInput
from workers.records.map_units import SYMBOLS


def test_the_specification_says_that_the_region_is_made(made):
    assert made.spec.made
    assert made.spec.grid.crs == "EPSG:3089"
    assert made.spec.grid.pixel_size == 5.0
    assert made.spec.tiles.prefix == "small_"


def test_dem_tiles_join_into_one_grid_without_gap(made):
    covered = np.zeros((720, 720), dtype=int)
    for path in made.spec.dem.paths:
        with rasterio.open(path) as tile:
            column, row = round((tile.bounds.left - 4_608_480) / 5), round((3_685_080 - tile.bounds.top) / 5)
            covered[row : row + tile.height, column : column + tile.width] += 1
            assert tile.dtypes == ("float32",)

    assert (covered == 1).all()


def test_imagery_has_four_bands_at_its_own_resolution(made):
    with rasterio.open(made.spec.imagery.paths[0]) as tile:
        assert tile.count == 4
        assert tile.dtypes[0] == "uint8"
        assert tile.res == (4.0, 4.0)
        assert tile.read().std() > 5.0


@pytest.mark.parametrize("kind", ["dem", "imagery"])
def test_the_index_lists_every_tile_with_its_outline(made, kind):
    index = json.loads((made.folder / kind / "index.geojson").read_text())

    files = {feature["properties"]["file"] for feature in index["features"]}
    assert files == {path.name for path in (made.folder / kind).glob("*.tif")}
    for feature in index["features"]:
        with rasterio.open(made.folder / kind / feature["properties"]["file"]) as tile:
            assert shapely.geometry.shape(feature["geometry"]).equals(shapely.box(*tile.bounds))


def test_map_units_cover_the_mapped_square_without_gap_or_overlap(made):
    meta, _, geometries, fields = pyogrio.raw.read(made.spec.map_units.paths[0])
    polygons = shapely.from_wkb(geometries)

    assert list(meta["fields"]) == ["Symbol"]
    assert set(fields[0]) == set(SYMBOLS)
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    assert shapely.union_all(polygons).equals(shapely.box(4_609_000, 3_682_000, 4_611_560, 3_684_560))


@pytest.mark.parametrize(("source", "kinds"), [("streams", {"LineString", "Polygon"}), ("roads", {"LineString"})])
def test_lines_lie_within_the_surveyed_square(made, source, kinds):
    found = set()
    for path in getattr(made.spec, source).paths:
        lines = shapely.from_wkb(pyogrio.raw.read(path)[2])
        found |= {line.geom_type for line in lines}
        assert shapely.covered_by(lines, shapely.box(4_608_480, 3_681_480, 4_612_080, 3_685_080)).all()

    assert found == kinds


def test_finished_sources_are_not_made_again(made):
    before = {path: path.stat().st_mtime_ns for path in made.folder.rglob("*.*")}

    assert write_sources(made.character, made.folder, seed=SEED) == made.spec
    assert {path: path.stat().st_mtime_ns for path in made.folder.rglob("*.*")} == before


def test_an_unknown_region_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="demo-north: no such made region"):
        make_sources("demo-north", tmp_path)
