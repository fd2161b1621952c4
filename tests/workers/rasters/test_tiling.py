import csv
import json
from pathlib import Path

import numpy as np
import shapely

from tests.workers.conftest import LEFT, TOP
from workers.rasters.burn import burn_classes
from workers.rasters.map_units import prepare_map_units
from workers.rasters.store import write_analysis
from workers.rasters.terrain.compiled import no_tick
from workers.rasters.tiling import write_mapped_tiles
from workers.rasters.vectors import Features
from workers.records.grids import Grid
from workers.records.regions import TileSpec

GRID = Grid("EPSG:3089", LEFT, TOP, 5.0, 32, 16)
CLASSES = ("Qal", "Qr")


def test_tiles_whose_pixels_and_polygons_differ_are_named(tmp_path: Path) -> None:
    """The border runs through the fourth column of the first tile, all of which counts to the unit first in order."""
    border = LEFT + 3 * 5 + 1
    west, east = shapely.box(LEFT, TOP - 80, border, TOP), shapely.box(border, TOP - 80, LEFT + 160, TOP)
    features = Features(np.array([west, east], np.object_), ("Qal", "Qr"))
    units = prepare_map_units(features, classes=CLASSES, reassign={}, bounds=None, pixel_size=5.0)
    burnt = burn_classes(units.polygons, units.symbols, CLASSES, GRID)
    write_analysis(tmp_path / "mask.tif", burnt, GRID, kind="class")
    tiles = TileSpec(size=16, step=16)
    write_mapped_tiles(tmp_path, GRID, tiles, units, CLASSES, tmp_path / "mask.tif", no_tick)
    with (tmp_path / "tiles.csv").open(newline="") as stream:
        rows = [{name: float(row[name]) for name in list(row)[1:]} for row in csv.DictReader(stream)]
    assert [(row["mask_Qal"], row["mask_Qr"]) for row in rows] == [(0.25, 0.75), (0, 1)]
    assert [round(row["Qal"], 9) for row in rows] == [0.2, 0]
    found = json.loads((tmp_path / "differences.json").read_text())
    assert found["tiles"] == 1
    assert [(each["tile"], each["symbol"], each["pixels"]) for each in found["largest"]] == [
        ("16_0_1", "Qal", 0.25), ("16_0_1", "Qr", 0.75)
    ]  # fmt: skip
