import pytest

from workers.errors import InvalidInput
from workers.rasters.grid import make_grid
from workers.rasters.intake import SourceRaster
from workers.records.grids import Grid
from workers.records.regions import GridSpec

FEET = "EPSG:3089"


def raster(left: float, bottom: float, right: float, top: float, *, size: float = 5.0, crs: str = FEET) -> SourceRaster:
    width, height = round((right - left) / size), round((top - bottom) / size)
    return SourceRaster("x.tif", crs, (size, size), (left, bottom, right, top), width, height, 1, "float32")


def test_bounds_keep_their_upper_left_corner_and_grow_to_whole_pixels() -> None:
    spec = GridSpec(FEET, 5.0, (1000.0, 2000.0, 1012.0, 2020.0))
    assert make_grid(spec, mapped=None, buffer=0, rasters=()) == Grid(FEET, 1000.0, 2020.0, 5.0, 3, 4)


def test_the_mapped_area_is_buffered_and_moved_out_to_whole_multiples() -> None:
    grid = make_grid(GridSpec(FEET, 5.0), mapped=(1003.0, 2003.0, 1048.0, 2048.0), buffer=10.0, rasters=())
    assert grid.bounds == (990.0, 1990.0, 1060.0, 2060.0)


def test_the_mapped_area_follows_the_lattice_of_the_dem() -> None:
    dem = raster(1001.0, 1902.0, 1101.0, 2102.0)
    grid = make_grid(GridSpec(FEET, 5.0), mapped=(1003.0, 2003.0, 1048.0, 2048.0), buffer=0.0, rasters=(dem,))
    assert grid.bounds == (1001.0, 2002.0, 1051.0, 2052.0)


def test_without_bounds_and_map_the_rasters_give_the_extent() -> None:
    rasters = (raster(1001.0, 2002.0, 1051.0, 2052.0), raster(1051.0, 2002.0, 1101.0, 2052.0))
    assert make_grid(GridSpec(FEET, 5.0), mapped=None, buffer=50, rasters=rasters).bounds == (1001, 2002, 1101, 2052)


def test_vectors_alone_have_no_extent() -> None:
    with pytest.raises(InvalidInput, match=r"grid\.bounds: without map units and rasters"):
        make_grid(GridSpec(FEET, 5.0), mapped=None, buffer=0, rasters=())


def test_a_crs_in_degrees_is_refused_and_said_why() -> None:
    with pytest.raises(InvalidInput, match="EPSG:4326 measures in degrees, where a pixel has no fixed size; choose a"):
        make_grid(GridSpec("EPSG:4326", 0.001, (-87, 36, -86, 37)), mapped=None, buffer=0, rasters=())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (GridSpec("EPSG:0", 5.0, (0, 0, 9, 9)), "not a coordinate reference system"),
        (GridSpec(FEET, 0.0, (0, 0, 9, 9)), "not a size"),
        (GridSpec(FEET, 5.0, (9, 0, 0, 9)), "has no area; the order is left, bottom, right, top"),
        (GridSpec(FEET, 1e-320, (0, 0, 9, 9)), "not a size"),
        (GridSpec(FEET, 1e-6, (0, 0, 1e308, 9)), "more than 268,435,456 pixels across"),
        (GridSpec(FEET, 0.01, (0, 0, 999, 999)), "99900 x 99900 pixels are more than 268,435,456"),
    ],
)
def test_nonsense_is_named(spec: GridSpec, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make_grid(spec, mapped=None, buffer=0, rasters=())


def test_an_infinite_extent_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has no area"):
        make_grid(GridSpec(FEET, 5.0, (0, 0, float("inf"), 9)), mapped=None, buffer=0, rasters=())


def test_a_raster_of_another_pixel_size_does_not_move_the_grid() -> None:
    other_size = raster(1001.0, 2002.0, 1051.0, 2052.0, size=2.0)
    grid = make_grid(GridSpec(FEET, 5.0), mapped=(1003, 2003, 1048, 2048), buffer=0, rasters=(other_size,))
    assert grid.bounds == (1000, 2000, 1050, 2050)


def test_bounds_where_the_crs_is_not_defined_are_told() -> None:
    with pytest.raises(InvalidInput, match=r"grid\.bounds: \(9.* lies where EPSG:3089 is not defined"):
        make_grid(GridSpec(FEET, 5.0, (9e8, 9e8, 9e8 + 50, 9e8 + 50)), mapped=None, buffer=0, rasters=())


def test_a_region_at_the_pole_is_told() -> None:
    with pytest.raises(InvalidInput, match=r"reaches beyond 85\.0 degrees of latitude, where maps of the web end"):
        make_grid(GridSpec("EPSG:3031", 5.0, (0, 0, 50, 50)), mapped=None, buffer=0, rasters=())


def test_rasters_where_the_grids_crs_is_not_defined_are_named() -> None:
    beyond_the_pole = raster(-87.0, 94.0, -86.0, 95.0, size=0.01, crs="EPSG:4326")
    with pytest.raises(InvalidInput, match=r"x\.tif: lies where EPSG:3089 is not defined"):
        make_grid(GridSpec(FEET, 5.0), mapped=None, buffer=0, rasters=(beyond_the_pole,))
