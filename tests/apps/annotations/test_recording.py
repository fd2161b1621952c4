import pytest
from django.contrib.gis.geos import MultiPolygon

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


def held(region: Region) -> list[str]:
    return sorted(region.annotations.values_list("map_unit__symbol", flat=True))


def test_the_polygons_of_the_map_become_annotations(region: Region, curator: Person) -> None:
    assert record(region, curator, area("Qal", 0), area("Qr", 1)) == {
        "annotations_created": 2,
        "annotations_deleted": 0,
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
    assert record(region, curator, area("Qal", 0)) == {"annotations_created": 0, "annotations_deleted": 0}
    assert region.annotations.get().pk == kept


def test_a_new_map_replaces_the_old_and_keeps_its_history(region: Region, curator: Person) -> None:
    record(region, curator, area("Qal", 0), area("Qr", 1))
    assert record(region, curator, area("Qc", 0), area("Qr", 1)) == {"annotations_created": 1, "annotations_deleted": 1}
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
