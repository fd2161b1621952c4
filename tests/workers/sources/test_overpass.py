"""Overpass in its real formats, also when it is busy."""

from pathlib import Path

import pytest

from tests.workers.sources.answering import asked_for, feature, overpass, send_json, way
from tests.workers.sources.asked import AREA, LINE, OVERPASS, ask_overpass, written
from tests.workers.sources.served import Behaviour, Server, status
from workers.errors import DownloadFailed
from workers.records.downloads import Downloads
from workers.sources.services import box_in_degrees

ROADS = [way(7, LINE, highway="residential", name="A"), way(8, LINE, railway="rail")]
TIMED_OUT = 'runtime error: Query timed out in "query" at line 1 after 91 seconds.'
LIMITED = (
    "runtime error: open64: 0 Success /osm3s_osm_base Dispatcher_Client::request_read_and_idx::rate_limited. "
    "Please check /api/status for the quota of your IP address."
)
BUSY = [overpass(ROADS[:1], remark=TIMED_OUT), overpass([], remark=LIMITED), status(429), status(504)]


def test_highways_and_railways_become_lines(server: Server, tmp_path: Path) -> None:
    others = [{"type": "node", "id": 1}, {"type": "way", "id": 9, "geometry": []}]
    server.serve(OVERPASS, overpass([*ROADS, *others]))
    found = written(ask_overpass(server, tmp_path))
    assert [each["properties"] for each in found] == [
        {"osm_id": "7", "highway": "residential"},
        {"osm_id": "8", "railway": "rail"},
    ]
    assert found[0]["geometry"] == feature(LINE)["geometry"]
    west, south, east, north = box_in_degrees(AREA, "EPSG:3089")
    query = asked_for(server.visits[0][0])["data"]
    assert query.startswith("[out:json][timeout:45];")
    assert Downloads("", ()).silence > 45  # the server says that it had no time before it is given up
    assert f'way["railway"]({south:.5f},{west:.5f},{north:.5f},{east:.5f});' in query


def test_a_busy_server_is_asked_again_until_it_has_time(server: Server, tmp_path: Path) -> None:
    server.serve(OVERPASS, *BUSY, overpass(ROADS))
    assert ask_overpass(server, tmp_path, attempts=5).features == 2
    assert len(server.visits) == 5
    assert server.asked("Range") == [None] * 5  # what came before is not gone on from


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (overpass(ROADS, remark=TIMED_OUT), r"the service says: runtime error: Query timed out .* 91 seconds\."),
        (overpass([], remark=LIMITED), "the service says: runtime error: .*rate_limited"),
        (status(429), "the server answers 429"),
        (status(504), "the server answers 504"),
    ],
)
def test_a_server_that_stays_busy_is_told_with_what_to_do(
    server: Server, tmp_path: Path, answer: Behaviour, told: str
) -> None:
    server.serve(OVERPASS, answer)
    what_to_do = ", 3 times in a row: it is busy. Try again in some minutes, or with a smaller region"
    with pytest.raises(DownloadFailed, match=f"/api/interpreter: {told}.*{what_to_do}"):
        ask_overpass(server, tmp_path, attempts=3)
    assert len(server.visits) == 3
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["lock"]


def test_pauses_are_longer_than_for_files_and_double(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("workers.sources.connections.Stop.pause", lambda stop, seconds: pauses.append(seconds))
    server.serve(OVERPASS, overpass([], remark=LIMITED), status(429, Retry_After=30), status(504), overpass(ROADS))
    ask_overpass(server, tmp_path, attempts=4)
    assert 0.0025 <= pauses[0] <= 0.005  # five times the pause of a file, which is 0.001 here
    assert pauses[1] == 30.0
    assert 0.01 <= pauses[2] <= 0.02


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            overpass(ROADS, remark='runtime error: Query run out of memory in "query" at line 1 using about 600 MB'),
            "the service says: runtime error: Query run out of memory .*; take a smaller region",
        ),
        (status(400), "the server answers 400"),
        (send_json({"version": 0.6}), "sent no elements"),
        (overpass([{"type": "way", "id": 4, "geometry": [{"lat": 1}, {"lat": 2}]}]), "way 4 has a point without lon"),
        (overpass([{"type": "way", "id": 5, "geometry": [{"lat": 1, "lon": 10**400}]}]), "way 5 has a point without"),
    ],
)
def test_what_another_try_would_not_change_is_told_at_once(
    server: Server, tmp_path: Path, answer: Behaviour, told: str
) -> None:
    server.serve(OVERPASS, answer)
    with pytest.raises(DownloadFailed, match=told):
        ask_overpass(server, tmp_path)
    assert len(server.visits) == 1


def test_a_remark_that_tells_of_no_trouble_is_passed_over(server: Server, tmp_path: Path) -> None:
    server.serve(OVERPASS, overpass(ROADS, remark="runtime remark: the data are those of yesterday"))
    assert ask_overpass(server, tmp_path).features == 2
