"""The services of a first hour, with real ground for one small square, in the formats that they really answer."""

import json
from pathlib import Path

import numpy as np
import shapely
from pytest_django import Settings

from tests.workers.conftest import WriteRaster
from tests.workers.sources.answering import ServedLayer, feature, overpass, way
from tests.workers.sources.served import Server, ranged
from workers.records.downloads import HostRule

BOUNDS = (4_701_195.0, 3_498_155.0)
"""The lower left corner of the square of half a kilometre around 86.5 W, 36.93 N."""

YEARS = [2022, 2021, 2020, 2019, 2014, 2013, 2012]
_LEFT, _BOTTOM, _SIDE = BOUNDS[0] - 500, BOUNDS[1] - 500, 2700  # of what is served


def serve_ground(server: Server, write: WriteRaster) -> None:
    """Serve everything that the square needs: one sheet of elevation and of imagery, a river, a pond, a road."""
    sheet = shapely.box(_LEFT, _BOTTOM, _LEFT + _SIDE, _BOTTOM + _SIDE)
    rows, cols = np.mgrid[0:540, 0:540].astype("float32")
    ground = 500 + np.sin(rows / 20) * 9 + cols / 10
    dem = write("dem.tif", ground, left=_LEFT, top=_BOTTOM + _SIDE)
    bands = np.stack([90 + 40 * np.sin((rows + band * 30) / 40) for band in range(4)]).astype("uint8")
    aerial = write("aerial.tif", bands, left=_LEFT, top=_BOTTOM + _SIDE)
    dem_url, aerial_url = (server.serve(f"/{path.name}", ranged(path.read_bytes())) for path in (dem, aerial))
    links = {f"Phase{n}_AWS_url": dem_url if n == 2 else None for n in (1, 2, 3)}
    links |= {f"Phase{n}_Year": "2022" if n == 2 else None for n in (1, 2, 3)}
    ServedLayer([feature(sheet, TileName="N1E1", **links)]).serve(server, "/dem/MapServer/0")
    zips = {f"Boxzip{year}": aerial_url if year == 2021 else None for year in YEARS}
    ServedLayer([feature(sheet, TileName="N1E1", **zips)]).serve(server, "/aerial/FeatureServer/0")
    river = shapely.LineString([(_LEFT, _BOTTOM), (_LEFT + _SIDE, _BOTTOM + _SIDE)])
    pond = shapely.box(_LEFT + 900, _BOTTOM + 1500, _LEFT + 1100, _BOTTOM + 1650)
    layers = {3: ServedLayer([feature(river, fcode=46006)], 1), 9: ServedLayer([feature(pond)], pages=False)}
    for number in (3, 4, 8, 9):
        layers.get(number, ServedLayer([])).serve(server, f"/nhd/MapServer/{number}")
    road = shapely.LineString([(_LEFT, _BOTTOM + 1300), (_LEFT + _SIDE, _BOTTOM + 1300)])
    server.serve("/api/interpreter", overpass([way(1, road, highway="track")]))


def ask_there(settings: Settings, server: Server) -> None:
    """Let the site ask this server for everything."""
    paths = {"dem": "/dem/MapServer", "imagery": "/aerial/FeatureServer", "streams": "/nhd/MapServer"}
    paths |= {"roads": "/api/interpreter"}
    settings.EARTHSCAPE_SOURCES = {role: server.url(path) for role, path in paths.items()}
    settings.EARTHSCAPE_SOURCE_FILE_HOSTS = [f"127.0.0.1:{server.port}"]
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("127.0.0.1", server.port, private=True),)


def geologic_map(folder: Path) -> Path:
    """Write a map of two units that covers the square and more."""
    middle = _LEFT + _SIDE / 2
    units = {
        "Qal": shapely.box(_LEFT, _BOTTOM, middle, _BOTTOM + _SIDE),
        "Qr": shapely.box(middle, _BOTTOM, _LEFT + _SIDE, _BOTTOM + _SIDE),
    }
    features = [feature(shape, MapUnit=symbol) for symbol, shape in units.items()]
    path = folder / "map.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path
