"""One box asked of a service that a test serves."""

import json
from pathlib import Path

import shapely

from tests.workers.sources.served import Server, allowing
from workers.records.services import ServiceSource
from workers.sources.services import Answer, ask_service

AREA = shapely.box(4_700_000, 3_550_000, 4_706_560, 3_556_560)
LINE = shapely.LineString([(4_700_100, 3_550_100), (4_700_200, 3_550_300)])
RIVERS = "/arcgis/rest/services/Rivers/MapServer"
LAYER = f"{RIVERS}/3"
OVERPASS = "/api/interpreter"


def ask_layers(server: Server, folder: Path, *layers: int, attempts: int = 2) -> Answer:
    return _ask(ServiceSource("arcgis", server.url(RIVERS), layers or (3,)), server, folder, attempts)


def ask_overpass(server: Server, folder: Path, *, attempts: int = 2) -> Answer:
    return _ask(ServiceSource("overpass", server.url(OVERPASS)), server, folder, attempts)


def _ask(service: ServiceSource, server: Server, folder: Path, attempts: int) -> Answer:
    allowed = allowing(server, folder, attempts=attempts)
    return ask_service(service, AREA, "EPSG:3089", allowed, lambda found: None)


def written(answer: Answer) -> list[dict[str, object]]:
    features: list[dict[str, object]] = json.loads(answer.path.read_text())["features"]
    return features
