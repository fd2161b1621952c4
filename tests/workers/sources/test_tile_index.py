import json
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely

from tests.workers.sources.indexes import LEFT, TOP, published, square, write_index
from workers.errors import InvalidInput, UnsafeInput
from workers.records.regions import TileIndexSource, UrlField
from workers.sources import tile_index
from workers.sources.tile_index import Selection, named, select_tiles

FEET = "EPSG:3089"
MIDDLE = shapely.box(LEFT + 90, TOP - 90, LEFT + 110, TOP - 10)  # over the first two tiles of the first row


def row(tile: Any, col: int, url: str | None, **more: Any) -> tuple[shapely.Geometry, dict[str, Any]]:
    return square(col, 0), {"Tile": tile, "Url": url, **more}


def select(path: Path, *, area: shapely.Geometry = MIDDLE, crs: str = FEET, **changes: Any) -> Selection:
    about: dict[str, Any] = {"path": str(path), "id": "Tile", "urls": (UrlField("Url"),)} | changes
    return select_tiles(TileIndexSource(**about), area, crs)


def urls(selection: Selection) -> list[tuple[str, str, int | None]]:
    return [(tile.wanted.tile, tile.wanted.url, tile.year) for tile in selection.tiles]


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "gdb"])
def test_the_tiles_that_touch_the_area_are_selected_in_the_order_of_their_ids(tmp_path: Path, ending: str) -> None:
    rows = [row("b", 0, "http://x/1"), row("a", 1, "http://x/2"), row("c", 2, "http://x/3")]
    path = write_index(tmp_path / f"index.{ending}", rows, driver="OpenFileGDB" if ending == "gdb" else None)
    assert urls(select(path)) == [("a", "http://x/2", None), ("b", "http://x/1", None)]


def test_a_layer_is_read_by_its_name(tmp_path: Path) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("old", 0, "http://x/1")], layer="Old")
    write_index(path, [row("new", 0, "http://x/2")], layer="New", append=True)
    assert urls(select(path, layer="New")) == [("new", "http://x/2", None)]
    with pytest.raises(InvalidInput, match=r"index\.gpkg: has no layer Newer; it has Old, New; did you mean New\?"):
        select(path, layer="Newer")


def test_the_area_is_brought_into_the_crs_of_the_index(tmp_path: Path) -> None:
    degrees = [
        (shapely.box(-86.5, 36.9, -86.4, 37.0), {"Tile": "west", "Url": "http://x/1"}),
        (shapely.box(-86.4, 36.9, -86.3, 37.0), {"Tile": "east", "Url": "http://x/2"}),
    ]
    path = write_index(tmp_path / "index.gpkg", degrees, crs="EPSG:4326")
    in_the_west = shapely.Point(4_707_000, 3_513_000).buffer(500)  # about 86.48 W, 36.96 N in feet
    assert [tile for tile, *_ in urls(select(path, area=in_the_west))] == ["west"]


def test_a_bounding_box_that_touches_is_not_enough(tmp_path: Path) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1"), row("b", 1, "http://x/2")])
    corner = shapely.Polygon([(LEFT + 20, TOP - 20), (LEFT + 150, TOP + 200), (LEFT + 20, TOP + 200)])
    assert [tile for tile, *_ in urls(select(path, area=corner))] == ["a"]


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_tile_without_url_is_left_out_and_named(tmp_path: Path, nothing: str | None) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, nothing), row("b", 1, "http://x/2")])
    found = select(path)
    assert urls(found) == [("b", "http://x/2", None)]
    assert found.without_url == ("a",)


def test_the_newest_of_several_rows_is_taken(tmp_path: Path) -> None:
    rows = [
        row("a", 0, "http://x/12", Year=2012),
        row("a", 0, "http://x/22", Year=2022),
        row("a", 0, None, Year=2025),
        row("a", 0, "http://x/0", Year=None),
        row("b", 1, "http://x/b", Year=None),
    ]
    path = write_index(tmp_path / "index.gpkg", rows)
    found = select(path, urls=(UrlField("Url", year="Year"),))
    assert urls(found) == [("a", "http://x/22", 2022), ("b", "http://x/b", None)]
    assert (found.without_url, found.doubled) == ((), ())


def test_a_given_year_is_taken_and_tiles_without_it_are_named(tmp_path: Path) -> None:
    rows = [
        row("a", 0, "http://x/12", Year="2012"),
        row("a", 0, "http://x/22", Year="2022"),
        row("b", 1, "http://x/b", Year="Not Acquired"),
    ]
    path = write_index(tmp_path / "index.gpkg", rows)
    found = select(path, urls=(UrlField("Url", year="Year"),), choose=2012)
    assert urls(found) == [("a", "http://x/12", 2012)]
    assert found.without_url == ("b",)
    with pytest.raises(InvalidInput, match="none of the 2 tiles that touch the region has a URL for 1999 in Url"):
        select(path, urls=(UrlField("Url", year="Year"),), choose=1999)


@pytest.mark.parametrize(
    ("text", "year"),
    [("2019", 2019), ("2019-04-01", 2019), (" 2019 spring", 2019), ("20190401", None), ("1066", None), ("?", None)],
)
def test_a_year_is_read_from_what_people_write(tmp_path: Path, text: str, year: int | None) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1", Year=text)])
    assert select(path, urls=(UrlField("Url", year="Year"),)).tiles[0].year == year


def test_years_may_stand_in_columns(tmp_path: Path) -> None:
    rows = [row("a", 0, "http://x/a19", Url2021=None), row("b", 1, "http://x/b19", Url2021="http://x/b21")]
    path = write_index(tmp_path / "index.gpkg", rows)
    columns = (UrlField("Url", year=2019), UrlField("Url2021", year=2021))
    assert urls(select(path, urls=columns)) == [("a", "http://x/a19", 2019), ("b", "http://x/b21", 2021)]
    assert select(path, urls=columns, choose=2021).without_url == ("a",)


def test_of_two_urls_of_one_year_the_first_row_counts_and_the_tile_is_named(tmp_path: Path) -> None:
    rows = [row("a", 0, "http://x/1"), row("a", 0, "http://x/2"), row("b", 0, "http://x/3"), row("b", 0, "http://x/3")]
    found = select(write_index(tmp_path / "index.gpkg", rows))
    assert urls(found) == [("a", "http://x/1", None), ("b", "http://x/3", None)]
    assert found.doubled == ("a",)


def test_size_and_checksum_are_read_where_they_are_given(tmp_path: Path) -> None:
    rows = [
        row("a", 0, "http://x/1", Bytes=512, Sha="AB" * 32),
        row("b", 1, "http://x/2", Bytes=None, Sha=None),
    ]
    path = write_index(tmp_path / "index.gpkg", rows)
    wanted = [tile.wanted for tile in select(path, urls=(UrlField("Url", size="Bytes", sha256="Sha"),)).tiles]
    assert [(each.size, each.sha256) for each in wanted] == [(512, "ab" * 32), (None, None)]


def test_ids_that_are_numbers_are_written_as_such(tmp_path: Path) -> None:
    path = write_index(tmp_path / "index.gpkg", [row(158178, 0, "http://x/1"), row(None, 7, "http://x/2")])
    assert urls(select(path)) == [("158178", "http://x/1", None)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "Name"}, r"index\.gpkg: the layer Tiles has no field Name; it has Tile, Url, Year"),
        ({"urls": (UrlField("Link"),)}, "the layer Tiles has no field Link"),
        ({"urls": (UrlField("Url", year="When"),)}, "the layer Tiles has no field When"),
        ({"urls": (UrlField("Url", size="Year"),)}, "the field Year holds 'soon', which is no number of bytes"),
        ({"urls": (UrlField("Url", sha256="Year"),)}, "the field Year holds 'soon', which is no SHA-256"),
        ({"id": "tile"}, r"has no field tile; it has Tile, Url, Year; did you mean Tile\?"),
        (
            {"area": shapely.box(9e8, 9e8, 9e8 + 1, 9e8 + 1), "crs": "EPSG:32616"},
            "lies where the index's CRS is not defined",
        ),
        ({"area": shapely.box(0, 0, 1, 1)}, "no tile of the layer Tiles touches the region with its buffer"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1", Year="soon")])
    with pytest.raises(InvalidInput, match=told):
        select(path, **changes)


@pytest.mark.parametrize("nothing", [None, " "])
def test_a_tile_without_id_is_told(tmp_path: Path, nothing: str | None) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1"), row(nothing, 1, "http://x/2")])
    with pytest.raises(InvalidInput, match="a tile that touches the region has nothing in the field Tile"):
        select(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")  # that is what is tested
def test_an_index_without_crs_is_told(tmp_path: Path) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1")], crs=None)
    with pytest.raises(InvalidInput, match=r"index\.gpkg: the layer Tiles has no coordinate reference system"):
        select(path)


def test_an_index_in_a_crs_of_an_engineers_own_is_told(tmp_path: Path) -> None:
    own = 'LOCAL_CS["mine",UNIT["metre",1]]'
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1")], crs=own)
    with pytest.raises(InvalidInput, match=r"index\.gpkg: its coordinate reference system 'mine' has no known place"):
        select(path)


def test_more_tiles_than_anybody_downloads_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_index, "MOST_TILES", 1)
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1"), row("b", 1, "http://x/2")])
    with pytest.raises(InvalidInput, match=r"index\.gpkg: 2 tiles touch the region, more than 1"):
        select(path)


def test_a_kind_of_json_that_is_no_geojson_is_refused(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [1, 1], "properties": {"like a": "Feature"}}
    topology = {"type": "Topology", "objects": {"a": {"type": "GeometryCollection", "geometries": [point]}}, "arcs": []}
    (tmp_path / "index.json").write_text(json.dumps(topology))
    with pytest.raises(UnsafeInput, match=r"index\.json: is of the kind TopoJSON, which is not accepted"):
        select(tmp_path / "index.json")


def test_an_index_in_disguise_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "index.gpkg").write_text("<OGRVRTDataSource/>")
    with pytest.raises(UnsafeInput, match=r"is not a \.gpkg file"):
        select(tmp_path / "index.gpkg")


def test_many_ids_are_not_all_named() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named([str(number) for number in range(1207)]) == "0, 1, 2, 3, 4 and 1,202 more"


DEM = (UrlField("Phase2_AWS_url", year="Phase2_Year"), UrlField("Phase1_AWS_url", year="Phase1_Year"))


def test_the_published_dem_index_has_two_years_in_columns(tmp_path: Path) -> None:
    path = published("dem_tile_index.geojson")
    area = square_of(path, "N158E178")
    newest = select(path, area=area, id="TileName", urls=DEM)
    assert [(tile.wanted.tile, tile.year) for tile in newest.tiles] == [("N158E178", 2022)]
    assert newest.tiles[0].wanted.url.endswith("/elevation/DEM/Phase2/N158E178_2022_DEM_Phase2_cog.tif")
    older = select(path, area=area, id="TileName", urls=DEM, choose=2014)
    assert older.tiles[0].wanted.url.endswith("/elevation/DEM/Phase1/N158E178_2014_DEM_Phase1_cog.tif")


def test_the_published_dem_index_covers_the_county(tmp_path: Path) -> None:
    path = published("dem_tile_index.geojson")
    everything = shapely.box(*pyogrio.read_info(path)["total_bounds"])
    found = select(path, area=everything, id="TileName", urls=DEM)
    assert (len(found.tiles), found.without_url, found.doubled) == (404, (), ())
    assert {tile.year for tile in found.tiles} == {2022, 2023}
    in_2023 = select(path, area=everything, id="TileName", urls=DEM, choose=2023)
    assert (len(in_2023.tiles), len(in_2023.without_url)) == (15, 389)


def test_the_published_aerial_index_has_one_year_and_columns_of_nulls(tmp_path: Path) -> None:
    path = published("aerial_tile_index.geojson")
    years = (UrlField("Boxzip2012", year=2012), UrlField("Boxzip2021", year=2021))
    found = select(path, area=square_of(path, "N158E178"), id="TileName", urls=years)
    assert [(tile.wanted.tile, tile.year) for tile in found.tiles] == [("N158E178", 2021)]
    with pytest.raises(InvalidInput, match="none of the 1 tiles that touch the region has a URL for 2012"):
        select(path, area=square_of(path, "N158E178"), id="TileName", urls=years, choose=2012)


def square_of(path: Path, tile: str) -> shapely.Geometry:
    """Return a tile's footprint without its rim, which it shares with its neighbours."""
    _, _, encoded, _ = pyogrio.raw.read(path, columns=["TileName"], where=f"TileName = '{tile}'", force_2d=True)
    return shapely.from_wkb(encoded[0]).buffer(-1.0)


def test_text_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    path = write_index(tmp_path / "index.geojson", [row("a", 0, "http://x/Q")])
    path.write_bytes(path.read_bytes().replace(b"x/Q", b"x/\xe9"))
    with pytest.raises(InvalidInput, match=r"index\.geojson: holds text that is not UTF-8: b'http://x/\\xe9'"):
        select(path)


@pytest.mark.filterwarnings("ignore:Non closed ring detected")
def test_a_footprint_that_is_not_closed_is_told(tmp_path: Path) -> None:
    path = write_index(tmp_path / "index.geojson", [row("a", 0, "http://x/1")])
    found = json.loads(path.read_text())
    found["features"][0]["geometry"]["coordinates"] = [[[LEFT + 95, TOP - 50], [1, 1], [1, 0]]]
    path.write_text(json.dumps(found))
    with pytest.raises(
        InvalidInput, match=r"index\.geojson: holds a geometry that cannot be read: .* closed linestring"
    ):
        select(path)


def test_a_crs_of_another_body_than_earth_is_told(tmp_path: Path) -> None:
    path = write_index(tmp_path / "index.gpkg", [row("a", 0, "http://x/1")], crs="IAU_2015:30100")  # the Moon's
    with pytest.raises(InvalidInput, match=r"index\.gpkg: its coordinate reference system cannot be used: "):
        select(path)
