from apps.regions.grids import grow_grid, window_of
from workers.records.grids import Grid

GRID = Grid("EPSG:3089", 1000.0, 5000.0, 5.0, 256, 256)


def test_the_first_extent_is_the_grid() -> None:
    grown = grow_grid(None, (1000.0, 3720.0, 2280.0, 5000.0), crs="EPSG:3089", pixel_size=5.0)
    assert grown.grid == GRID
    assert (grown.left, grown.up) == (0, 0)


def test_a_grid_grows_on_its_own_lattice() -> None:
    grown = grow_grid(GRID, (997.0, 3700.0, 2290.0, 5012.0), crs="EPSG:3089", pixel_size=5.0)
    assert grown.grid == Grid("EPSG:3089", 995.0, 5015.0, 5.0, 259, 263)
    assert (grown.left, grown.up) == (1, 3)


def test_a_tenth_of_a_foot_does_not_grow_a_grid() -> None:
    grown = grow_grid(GRID, (999.9, 3719.9, 2280.1, 5000.1), crs="EPSG:3089", pixel_size=5.0)
    assert (grown.grid, grown.left, grown.up) == (GRID, 0, 0)


def test_a_tile_on_the_lattice_has_a_window() -> None:
    grid = Grid("EPSG:3089", 1000.0, 5000.0, 5.0, 1000, 1000)
    assert window_of(grid, (1640.1, 3079.9, 2920.1, 4359.9), size=256) == (128, 128)


def test_a_tile_off_the_lattice_has_none() -> None:
    grid = Grid("EPSG:3089", 1000.0, 5000.0, 5.0, 1000, 1000)
    assert window_of(grid, (1642.0, 3080.0, 2922.0, 4360.0), size=256) is None


def test_a_tile_beyond_the_grid_has_none() -> None:
    assert window_of(GRID, (1005.0, 3720.0, 2285.0, 5000.0), size=256) is None


def test_a_tile_of_another_size_has_none() -> None:
    assert window_of(GRID, (1000.0, 4360.0, 1640.0, 5000.0), size=256) is None
