from pathlib import Path

import pytest
import shapely

from tests.workers.sources.answering import ServedLayer, feature
from tests.workers.sources.asked import AREA, LAYER, LINE, RIVERS, ask_layers, written
from tests.workers.sources.served import Server, allowing
from workers.errors import Cancelled, InvalidInput, LimitExceeded, UnsafeInput
from workers.records.downloads import Downloads, HostRule
from workers.records.services import ServiceSource
from workers.sources import services
from workers.sources.services import ask_service, box_in_degrees


def test_the_box_holds_the_area_in_degrees() -> None:
    box = box_in_degrees(AREA, "EPSG:3089")
    assert box == pytest.approx((-86.5085, 37.0698, -86.4858, 37.0883), abs=1e-3)
    assert box[2] - box[0] == pytest.approx(2.0 / 89.0, rel=0.05)
    assert box[3] - box[1] == pytest.approx(2.0 / 111.0, rel=0.05)


def test_a_region_that_has_no_place_in_degrees_is_told() -> None:
    with pytest.raises(InvalidInput, match=r"grid\.bounds: lie where EPSG:32616 is not defined"):
        box_in_degrees(shapely.box(9e8, 9e8, 9e8 + 50, 9e8 + 50), "EPSG:32616")


def test_layers_follow_each_other_and_a_box_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    ServedLayer([feature(LINE, NAME="a")]).serve(server, LAYER)
    ServedLayer([feature(AREA, NAME="b")]).serve(server, f"{RIVERS}/9")
    first = ask_layers(server, tmp_path, 3, 9)
    asked = len(server.visits)
    assert ask_layers(server, tmp_path, 3, 9) == first
    assert [found["properties"] for found in written(first)] == [
        {"OBJECTID": 1, "NAME": "a"},
        {"OBJECTID": 1, "NAME": "b"},
    ]
    assert (asked, len(server.visits)) == (6, 6)


def test_more_features_than_anybody_needs_are_refused_before_any_is_asked_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_FEATURES", 3)
    ServedLayer([feature(LINE)] * 2).serve(server, LAYER)
    ServedLayer([feature(LINE)] * 2).serve(server, f"{RIVERS}/9")
    with pytest.raises(LimitExceeded, match="Rivers/MapServer: more than 3 features lie in the region"):
        ask_layers(server, tmp_path, 3, 9)
    assert len(server.visits) == 4


def test_a_host_that_is_not_listed_is_not_asked(server: Server, tmp_path: Path) -> None:
    service = ServiceSource("arcgis", server.url(RIVERS), (3,))
    allowed = Downloads(str(tmp_path), (HostRule("elsewhere.example"),))
    with pytest.raises(UnsafeInput, match="EARTHSCAPE_DOWNLOAD_HOSTS"):
        ask_service(service, AREA, "EPSG:3089", allowed, lambda found: None)
    assert server.visits == []


def test_a_cancel_does_not_wait_for_a_service_that_says_nothing(server: Server, tmp_path: Path) -> None:
    def cancel(found: int) -> None:
        raise Cancelled("stopped")

    server.serve(f"{LAYER}/query", lambda visit: server.released.wait(60))
    service = ServiceSource("arcgis", server.url(RIVERS), (3,))
    with pytest.raises(Cancelled):
        ask_service(service, AREA, "EPSG:3089", allowing(server, tmp_path), cancel)
