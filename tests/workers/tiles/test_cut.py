import pytest
import shapely

from workers.errors import InvalidInput
from workers.records.grids import Grid, Window
from workers.records.regions import TileSpec
from workers.tiles.cut import candidates, footprints, number_tiles

GRID = Grid("EPSG:3089", 1000.0, 2000.0, 5.0, 12, 10)


def test_columns_run_from_west_to_east_and_in_each_from_south_to_north() -> None:
    windows = candidates(GRID, TileSpec(size=4, step=4), GRID.bounds)
    assert [(window.col, window.row) for window in windows] == [(0, 6), (0, 2), (4, 6), (4, 2), (8, 6), (8, 2)]


def test_tiles_start_in_the_lower_left_corner_of_the_area() -> None:
    windows = candidates(GRID, TileSpec(size=4, step=2), (1008.0, 1957.0, 1040.0, 1987.0))
    assert windows == [Window(2, 4, 4, 4), Window(4, 4, 4, 4)]  # whole pixels within: columns 2-7, rows 3-7


def test_an_area_smaller_than_a_tile_has_none() -> None:
    assert candidates(GRID, TileSpec(size=16, step=8), GRID.bounds) == []


def test_ids_are_numbered_from_one_with_prefix_size_and_overlap() -> None:
    tiles = number_tiles([Window(0, 0, 256, 256), Window(128, 0, 256, 256)], TileSpec(prefix="hv_"))
    assert [tile.patch_id for tile in tiles] == ["hv_256_50_1", "hv_256_50_2"]
    assert number_tiles([Window(0, 0, 64, 64)], TileSpec(size=64, step=64))[0].patch_id == "64_0_1"


def test_footprints_are_squares_in_the_units_of_the_grid() -> None:
    (square,) = footprints(GRID, [Window(2, 3, 4, 4)])
    assert square.bounds == (1010, 1965, 1030, 1985)
    assert shapely.area(square) == 400


@pytest.mark.parametrize("spec", [TileSpec(size=0), TileSpec(step=0)])
def test_nonsense_sizes_are_refused(spec: TileSpec) -> None:
    with pytest.raises(InvalidInput, match="must be 1 pixel or more"):
        candidates(GRID, spec, GRID.bounds)
