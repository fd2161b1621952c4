import json
from pathlib import Path

import pytest
import shapely

from tests.workers.sources.answering import asked_for, feature, overpass, pages, send_json, way
from tests.workers.sources.served import Server, allowing, whole
from workers.errors import Cancelled, DownloadFailed, LimitExceeded, UnsafeInput
from workers.records.downloads import Downloads, HostRule
from workers.records.services import ServiceSource
from workers.sources import services
from workers.sources.services import Answer, ask_service, box_in_degrees

AREA = shapely.box(4_700_000, 3_550_000, 4_706_560, 3_556_560)
LINE = shapely.LineString([(4_700_100, 3_550_100), (4_700_200, 3_550_300)])
LAYER = "/arcgis/rest/services/Rivers/MapServer/3/query"


def ask(server: Server, folder: Path, kind: str = "arcgis", layers: tuple[int, ...] = (3,)) -> Answer:
    url = "/arcgis/rest/services/Rivers/MapServer" if kind == "arcgis" else "/api/interpreter"
    service = ServiceSource(kind, server.url(url), layers if kind == "arcgis" else ())  # type: ignore[arg-type]
    return ask_service(service, AREA, "EPSG:3089", allowing(server, folder, attempts=2), lambda found: None)


def written(answer: Answer) -> list[dict[str, object]]:
    features: list[dict[str, object]] = json.loads(answer.path.read_text())["features"]
    return features


@pytest.mark.parametrize("beside", [True, False])
def test_a_layer_is_asked_page_by_page_for_the_box(server: Server, tmp_path: Path, beside: bool) -> None:
    rivers = [feature(LINE, OBJECTID=number) for number in range(5)]
    server.serve(LAYER, pages(rivers, 2, beside=beside))
    answer = ask(server, tmp_path)
    assert written(answer) == rivers
    assert (answer.features, answer.path.name) == (5, "Rivers.geojson")
    questions = [asked_for(path) for path, _ in server.visits]
    assert [question["resultOffset"] for question in questions] == ["0", "2", "4"]
    west, south, east, north = box_in_degrees(AREA, "EPSG:3089")
    assert questions[0]["geometry"] == f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}"
    assert (questions[0]["inSR"], questions[0]["outSR"], questions[0]["f"]) == ("4326", "4326", "geojson")


def test_the_box_holds_the_area_in_degrees() -> None:
    box = box_in_degrees(AREA, "EPSG:3089")
    assert box == pytest.approx((-86.5085, 37.0698, -86.4858, 37.0883), abs=1e-3)
    assert box[2] - box[0] == pytest.approx(2.0 / 89.0, rel=0.05)
    assert box[3] - box[1] == pytest.approx(2.0 / 111.0, rel=0.05)


def test_layers_follow_each_other_and_a_box_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    server.serve(LAYER, pages([feature(LINE, id=1)]))
    server.serve(LAYER.replace("/3/", "/9/"), pages([feature(AREA, id=2)]))
    first, second = ask(server, tmp_path, layers=(3, 9)), ask(server, tmp_path, layers=(3, 9))
    assert first == second
    assert [found["properties"] for found in written(first)] == [{"id": 1}, {"id": 2}]
    assert len(server.visits) == 2


def test_highways_and_railways_become_lines(server: Server, tmp_path: Path) -> None:
    roads = [way(7, LINE, highway="residential", name="A"), way(8, LINE, railway="rail"), {"type": "node", "id": 1}]
    server.serve("/api/interpreter", overpass([*roads, {"type": "way", "id": 9, "geometry": []}]))
    found = written(ask(server, tmp_path, "overpass"))
    assert [each["properties"] for each in found] == [
        {"osm_id": "7", "highway": "residential"},
        {"osm_id": "8", "railway": "rail"},
    ]
    assert found[0]["geometry"] == feature(LINE)["geometry"]
    west, south, east, north = box_in_degrees(AREA, "EPSG:3089")
    query = asked_for(server.visits[0][0])["data"]
    assert f'way["railway"]({south:.5f},{west:.5f},{north:.5f},{east:.5f});' in query


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (whole(b"<html>", Content_Type="text/html"), "sent a web page, not a file"),
        (whole(b"<html>", Content_Type="application/json"), "the service sent no JSON"),
        (send_json([]), "no JSON object"),
        (send_json({"error": {"code": 400, "message": "Invalid URL"}}), "the service answers 400 Invalid URL"),
        (send_json({"features": [{"attributes": {}}]}), "sent no GeoJSON"),
        (send_json({"type": "FeatureCollection", "features": [1]}), "among its features that is none"),
        (send_json({"type": "FeatureCollection", "features": [], "exceededTransferLimit": True}), "does not send it"),
        (
            send_json({"type": "FeatureCollection", "features": [feature(LINE)], "exceededTransferLimit": True}),
            "there is more and does not send it",
        ),
    ],
)
def test_what_is_no_answer_of_a_layer_is_told(server: Server, tmp_path: Path, answer: object, told: str) -> None:
    server.serve(LAYER, answer)  # type: ignore[arg-type]  # a behaviour
    with pytest.raises(DownloadFailed, match=told):
        ask(server, tmp_path)
    assert list(tmp_path.rglob("*.geojson")) == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            overpass([], remark='runtime error: Query timed out in "query" at line 1'),
            "says: runtime error: Query timed",
        ),
        (send_json({"version": 0.6}), "sent no elements"),
        (overpass([{"type": "way", "id": 4, "geometry": [{"lat": 1}, {"lat": 2}]}]), "way 4 has a point without lon"),
    ],
)
def test_what_is_no_answer_of_overpass_is_told(server: Server, tmp_path: Path, answer: object, told: str) -> None:
    server.serve("/api/interpreter", answer)  # type: ignore[arg-type]  # a behaviour
    with pytest.raises(DownloadFailed, match=told):
        ask(server, tmp_path, "overpass")


def test_more_features_than_anybody_needs_are_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_FEATURES", 3)
    server.serve(LAYER, pages([feature(LINE, id=number) for number in range(9)], 2))
    with pytest.raises(LimitExceeded, match="more than 3 features lie in the region"):
        ask(server, tmp_path)
    assert len(server.visits) == 2


def test_a_host_that_is_not_listed_is_not_asked(server: Server, tmp_path: Path) -> None:
    service = ServiceSource("arcgis", server.url("/arcgis/rest/services/Rivers/MapServer"), (3,))
    allowed = Downloads(str(tmp_path), (HostRule("elsewhere.example"),))
    with pytest.raises(UnsafeInput, match="EARTHSCAPE_DOWNLOAD_HOSTS"):
        ask_service(service, AREA, "EPSG:3089", allowed, lambda found: None)
    assert server.visits == []


def test_a_cancel_does_not_wait_for_a_service_that_says_nothing(server: Server, tmp_path: Path) -> None:
    def cancel(found: int) -> None:
        raise Cancelled("stopped")

    server.serve(LAYER, lambda visit: server.released.wait(60))
    service = ServiceSource("arcgis", server.url("/arcgis/rest/services/Rivers/MapServer"), (3,))
    with pytest.raises(Cancelled):
        ask_service(service, AREA, "EPSG:3089", allowing(server, tmp_path), cancel)
