import pytest
import shapely
from django.contrib.gis.geos import Polygon

from apps.regions.projection import to_web
from apps.tiles.footprints import WebFootprints, outline
from workers.errors import InvalidInput

LEFT, BOTTOM = 4_665_933.25, 3_568_918.5


def square(column: int, row: int) -> tuple[float, float, float, float]:
    left, bottom = LEFT + 1280 * column, BOTTOM + 1280 * row
    return (left, bottom, left + 1280, bottom + 1280)


def test_squares_become_polygons_in_web_mercator() -> None:
    first, second = shapely.from_wkb(WebFootprints("EPSG:3089")([square(0, 0), square(1, 0)]))
    assert shapely.get_srid(first) == 3857
    assert [round(value) for value in first.bounds] == [-9643132, 4456017, -9642639, 4456512]  # as PostGIS has it
    assert first.touches(second)


def test_no_square_gives_no_footprint() -> None:
    assert WebFootprints("EPSG:3089")([]) == []


def test_the_outline_has_no_holes() -> None:
    around = [square(column, row) for column in range(3) for row in range(3) if (column, row) != (1, 1)]
    [whole] = outline(around, crs="EPSG:3089")
    assert isinstance(whole, Polygon)
    assert whole.num_interior_rings == 0
    assert whole.contains(outline([square(1, 1)], crs="EPSG:3089")[0].centroid)


def test_squares_apart_have_an_outline_each() -> None:
    assert len(outline([square(0, 0), square(5, 5)], crs="EPSG:3089")) == 2


def test_an_unknown_crs_is_refused() -> None:
    with pytest.raises(InvalidInput, match="The CRS EPSG:999999 is not known"):
        to_web("EPSG:999999")
