"""Layers of ArcGIS in their real formats, also of servers that have no pages, lie about counts or are busy."""

from pathlib import Path
from typing import Any

import pytest

from tests.workers.sources.answering import ServedLayer, asked_for, collection, feature, send_json
from tests.workers.sources.asked import AREA, LAYER, LINE, ask_layers, written
from tests.workers.sources.served import Behaviour, Server, whole
from workers.errors import DownloadFailed
from workers.sources.services import box_in_degrees

PAGED = {"objectIdField": "FID", "maxRecordCount": 1, "advancedQueryCapabilities": {"supportsPagination": True}}
COUNTED = send_json({"count": 2})
BUSY = send_json({"error": {"code": 504, "message": "Your request has timed out.", "details": []}})


def test_a_layer_is_asked_page_by_page_for_the_box(server: Server, tmp_path: Path) -> None:
    layer = ServedLayer([feature(LINE, NAME=f"River {number}") for number in range(5)], 2)
    layer.serve(server, LAYER)
    answer = ask_layers(server, tmp_path)
    assert written(answer) == layer.written()
    assert (answer.features, answer.path.name) == (5, "Rivers.geojson")
    [count, about, *questions] = [asked_for(path) for path, _ in server.visits]
    assert (count["returnCountOnly"], about) == ("true", {"f": "json"})
    asked = [tuple(each[name] for name in ("orderByFields", "resultOffset", "resultRecordCount")) for each in questions]
    assert asked == [("OBJECTID", "0", "2"), ("OBJECTID", "2", "2"), ("OBJECTID", "4", "2")]
    west, south, east, north = box_in_degrees(AREA, "EPSG:3089")
    assert {each["geometry"] for each in (count, *questions)} == {f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}"}
    assert (questions[0]["inSR"], questions[0]["outSR"], questions[0]["f"]) == ("4326", "4326", "geojson")


@pytest.mark.parametrize("told", [{"pages": False}, {"tells_id_field": False}, {"orders": False}])
def test_a_layer_without_pages_is_asked_for_ids_and_then_by_these(
    server: Server, tmp_path: Path, told: dict[str, Any]
) -> None:
    layer = ServedLayer([feature(LINE, NAME=f"River {number}") for number in range(5)], 2, id_field="FID", **told)
    layer.serve(server, LAYER)
    assert written(ask_layers(server, tmp_path)) == layer.written()
    assert [asked_for(path).get("objectIds") for path, _ in server.visits[3:]] == ["1,2", "3,4", "5"]


def test_a_hundred_ids_are_asked_for_at_once(server: Server, tmp_path: Path) -> None:
    ServedLayer([feature(LINE)] * 101, pages=False).serve(server, LAYER)
    assert ask_layers(server, tmp_path).features == 101
    lengths = [len(path) for path, _ in server.visits[3:]]
    assert len(lengths) == 2
    assert max(lengths) + 14 * 100 < 2048  # what a URL may have, also if each id had fifteen digits


def test_a_server_that_sends_less_than_it_tells_is_asked_on(server: Server, tmp_path: Path) -> None:
    server.serve(LAYER, send_json(PAGED | {"maxRecordCount": 2000}))
    found = [feature(LINE, FID=number) for number in (4, 9)]
    server.serve(f"{LAYER}/query", COUNTED, collection(found[:1], more=True), collection(found[1:]))
    assert written(ask_layers(server, tmp_path)) == found
    assert [asked_for(path)["resultOffset"] for path, _ in server.visits[2:]] == ["0", "1"]


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ({"announced": 4}, "MapServer/3: the service announces 4 features and sent 3; its data may be changing"),
        ({"announced": 2}, "the service announces 2 features and sent 3"),
        ({"announced": 4, "pages": False}, "announces 4 features and named the ids of 3; .*: try again later"),
    ],
)
def test_other_features_than_announced_are_told(
    server: Server, tmp_path: Path, layer: dict[str, Any], told: str
) -> None:
    ServedLayer([feature(LINE)] * 3, most=10, **layer).serve(server, LAYER)
    with pytest.raises(DownloadFailed, match=told):
        ask_layers(server, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"] == []


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"FID": 7}, "MapServer/3: the service sent the feature with FID 7 twice; try again later"),
        ({"FID": "7"}, "MapServer/3: the service sent a feature without its FID"),
        ({}, "MapServer/3: the service sent a feature without its FID"),
    ],
)
def test_a_feature_that_comes_twice_or_without_an_id_is_told(
    server: Server, tmp_path: Path, properties: dict[str, Any], told: str
) -> None:
    server.serve(LAYER, send_json(PAGED))
    server.serve(f"{LAYER}/query", COUNTED, collection([feature(LINE, **properties)]))
    with pytest.raises(DownloadFailed, match=told):
        ask_layers(server, tmp_path)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (whole(b"<html>", Content_Type="text/html"), "sent a web page, not a file"),
        (whole(b"<html>", Content_Type="application/json"), "the service sent no JSON"),
        (send_json([]), "no JSON object"),
        (send_json({"error": {"code": 400, "message": "Invalid URL"}}), "the service answers 400 Invalid URL"),
        (send_json({"features": [{"attributes": {}}]}), "sent no GeoJSON"),
        (send_json({"type": "FeatureCollection", "features": [1]}), "among its features that is none"),
    ],
)
def test_what_is_no_answer_of_a_layer_is_told(server: Server, tmp_path: Path, answer: Behaviour, told: str) -> None:
    server.serve(LAYER, send_json(PAGED))
    server.serve(f"{LAYER}/query", COUNTED, answer)
    with pytest.raises(DownloadFailed, match=told):
        ask_layers(server, tmp_path)
    assert list(tmp_path.rglob("*.geojson")) == []


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([send_json({})], "does not say how many features there are; is it a layer that can be queried"),
        ([send_json({"count": "2"})], "does not say how many features there are"),
        ([COUNTED, send_json({"objectIdFieldName": "FID", "objectIds": "1,2"})], "the service sent no object ids"),
        ([COUNTED, send_json({"objectIdFieldName": "FID", "objectIds": None})], "named the ids of 0"),
    ],
)
def test_an_answer_without_count_or_ids_is_told(
    server: Server, tmp_path: Path, answers: list[Behaviour], told: str
) -> None:
    server.serve(LAYER, send_json({"maxRecordCount": 1000}))
    server.serve(f"{LAYER}/query", *answers)
    with pytest.raises(DownloadFailed, match=told):
        ask_layers(server, tmp_path)


def test_a_server_that_is_busy_is_asked_again_and_then_told(server: Server, tmp_path: Path) -> None:
    layer = ServedLayer([feature(LINE)])
    layer.serve(server, LAYER)
    server.serve(f"{LAYER}/query", BUSY, send_json({"count": 1}), BUSY, collection(layer.numbered()))
    assert ask_layers(server, tmp_path / "a").features == 1
    server.serve(f"{LAYER}/query", BUSY)
    told = "answers 504 Your request has timed out., 2 times in a row: it is busy. Try again in some minutes"
    with pytest.raises(DownloadFailed, match=told):
        ask_layers(server, tmp_path / "b")
