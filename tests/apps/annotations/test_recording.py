import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from apps.annotations.models import Annotation
from apps.annotations.recording import MappedArea, record_annotations
from apps.regions.models import Region
from tests.apps.worlds import SOUTH, WEST, make_catalogue, make_region, square
from tests.conftest import Person
from workers.errors import Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def region() -> Region:
    make_catalogue()
    return make_region()


def area(symbol: str, column: int) -> MappedArea:
    return MappedArea(symbol, MultiPolygon(square(WEST + 500 * column, SOUTH), srid=3857))


def record(region: Region, person: Person, *areas: MappedArea) -> dict[str, int]:
    return record_annotations(region=region, areas=areas, user=person.user)


def clipped(symbol: str, column: int, *, right: float) -> MappedArea:
    """The same with its east side elsewhere, as another clip leaves it."""
    left = WEST + 500 * column
    box = Polygon.from_bbox((left, SOUTH, left + right, SOUTH + 500))
    return MappedArea(symbol, MultiPolygon(box, srid=3857))


def edit(region: Region, symbol: str, *, to: MappedArea) -> None:
    annotation = region.annotations.get(map_unit__symbol=symbol)
    annotation.geometry, annotation.revision = to.geometry, 2
    annotation.save()


def counted(told: dict[str, int]) -> tuple[int, ...]:
    """Created, deleted, left out."""
    return tuple(told[f"annotations_{what}"] for what in ("created", "deleted", "left_out"))


def held(region: Region) -> list[str]:
    return sorted(region.annotations.values_list("map_unit__symbol", flat=True))


def test_the_polygons_of_the_map_become_annotations(region: Region, curator: Person) -> None:
    assert record(region, curator, area("Qal", 0), area("Qr", 1)) == {
        "annotations_created": 2,
        "annotations_deleted": 0,
        "annotations_left_out": 0,
    }
    history = Annotation.history.get(map_unit__symbol="Qal")
    assert (history.history_type, history.history_change_reason, history.history_user) == (
        "+",
        "processed",
        curator.user,
    )


def test_the_same_map_again_changes_nothing(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0))
    kept = region.annotations.get().pk
    assert counted(record(region, curator, area("Qal", 0))) == (0, 0, 0)
    assert region.annotations.get().pk == kept


def test_a_new_map_replaces_the_old_and_keeps_its_history(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0), area("Qr", 1))
    assert counted(record(region, curator, area("Qc", 0), area("Qr", 1))) == (1, 1, 0)
    assert held(region) == ["Qc", "Qr"]
    assert Annotation.history.filter(map_unit__symbol="Qal", history_type="-").count() == 1


def test_what_a_curator_changed_stays_and_its_original_does_not_return(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0))
    annotation = region.annotations.get()
    annotation.geometry, annotation.revision = area("Qal", 2).geometry, 2
    annotation.save()
    record(region, curator, area("Qal", 0), area("Qr", 1))
    assert held(region) == ["Qal", "Qr"]
    assert region.annotations.get(map_unit__symbol="Qal").revision == 2


def test_what_a_curator_deleted_stays_away(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0), area("Qr", 1))
    region.annotations.get(map_unit__symbol="Qal").delete()
    record(region, curator, area("Qal", 0), area("Qr", 1))
    assert held(region) == ["Qr"]


def test_what_a_curator_added_stays(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0))
    unit = region.annotations.get().map_unit
    Annotation.objects.create(region=region, map_unit=unit, geometry=area("Qal", 3).geometry)
    record(region, curator)
    assert region.annotations.get().geometry.extent[0] == WEST + 1500


def test_an_unknown_map_unit_is_refused(region: Region, curator: Person) -> None:
    with pytest.raises(Conflict, match="no map unit Qx"):
        record(region, curator, area("Qx", 0))


@pytest.mark.parametrize("right", [260.0, 460.0, 540.0, 960.0])
def test_another_clip_of_what_a_curator_edited_does_not_come_back(
    region: Region, curator: Person, right: float
) -> None:
    record(region, curator, area("Qal", 0), area("Qr", 2))
    edit(region, "Qal", to=area("Qal", 3))
    assert counted(record(region, curator, clipped("Qal", 0, right=right), area("Qr", 2))) == (0, 0, 1)
    assert held(region) == ["Qal", "Qr"]


def test_another_clip_of_what_a_curator_deleted_does_not_come_back(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0), area("Qr", 2))
    region.annotations.get(map_unit__symbol="Qal").delete()
    assert counted(record(region, curator, clipped("Qal", 0, right=460), area("Qr", 2))) == (0, 0, 1)
    assert held(region) == ["Qr"]


def test_it_does_not_come_back_as_another_unit(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0))
    edit(region, "Qal", to=area("Qal", 3))
    assert counted(record(region, curator, area("Qc", 0))) == (0, 0, 1)
    assert held(region) == ["Qal"]


def test_a_neighbour_with_less_than_half_in_common_comes(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0))
    edit(region, "Qal", to=area("Qal", 3))
    neighbour = MappedArea("Qr", MultiPolygon(square(WEST + 255, SOUTH), srid=3857))
    assert counted(record(region, curator, neighbour)) == (1, 0, 0)


def test_what_lay_under_a_deleted_polygon_stays(region: Region, curator: Person) -> None:
    sliver, under = clipped("Qal", 0, right=20), area("Qr", 0)
    record(region, curator, sliver, under)
    region.annotations.get(map_unit__symbol="Qal").delete()
    assert counted(record(region, curator, sliver, under)) == (0, 0, 1)
    assert counted(record(region, curator, clipped("Qal", 0, right=19), clipped("Qr", 0, right=480))) == (1, 1, 1)
    assert held(region) == ["Qr"]


def test_a_polygon_stays_that_the_new_map_has_merged_with_an_edited_one(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0), area("Qr", 1), area("Qc", 2))
    edit(region, "Qal", to=area("Qal", 3))
    assert counted(record(region, curator, clipped("Qal", 0, right=1000), area("Qca", 2))) == (1, 1, 1)
    assert held(region) == ["Qal", "Qca", "Qr"]


def test_of_two_that_lie_alike_the_unit_tells_which_was_deleted(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0), area("Qr", 0))
    region.annotations.get(map_unit__symbol="Qal").delete()
    assert counted(record(region, curator, clipped("Qal", 0, right=490), clipped("Qr", 0, right=490))) == (1, 1, 1)
    assert held(region) == ["Qr"]


def test_a_polygon_that_crosses_itself_is_compared_all_the_same(region: Region, curator: Person) -> None:
    corners = [(WEST, SOUTH), (WEST + 500, SOUTH + 500), (WEST + 500, SOUTH), (WEST, SOUTH + 500), (WEST, SOUTH)]
    crossed = MappedArea("Qal", MultiPolygon(Polygon(corners), srid=3857))
    record(region, curator, crossed)
    region.annotations.get().delete()
    assert counted(record(region, curator, crossed)) == (0, 0, 1)
