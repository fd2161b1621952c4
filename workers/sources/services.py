"""Asking a web service for the features of a region, once: the answer is kept like a file that was downloaded."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import shapely
from pyproj import Transformer

from workers.errors import DownloadFailed, InvalidInput, LimitExceeded
from workers.files import checksum_of, write_text
from workers.records.downloads import Downloads
from workers.records.services import ServiceSource
from workers.sources.addresses import Resolve, look_up, shown
from workers.sources.answers import Feature, Page, read_arcgis, read_overpass
from workers.sources.connections import Asking, Stop
from workers.sources.downloads import LET_GO_SECONDS, await_all, locked, made_name
from workers.sources.fetch import Wanted, fetch

MOST_FEATURES = 200_000
LARGEST_ANSWER = 64 << 20
PAGE = 1000
_PIECES = 64  # of the area's longest side, as for tile indexes
_OVERPASS_SECONDS = 90


@dataclass(frozen=True)
class Answer:
    """A GeoJSON file in degrees, and how many features are in it."""

    path: Path
    features: int


def ask_service(
    service: ServiceSource,
    area: shapely.Geometry,
    crs: str,
    allowed: Downloads,
    tell: Callable[[int], None],
    resolve: Resolve = look_up,
) -> Answer:
    """Return what a service has in the box of `area`, a geometry in `crs`; it is asked once for a box.

    `tell` is told the number of features so far; what it raises stops the questions at once.

    Raises:
        DownloadFailed: the service does not answer, or answers with an error, a web page or pages without end.
        UnsafeInput: its host is not on the operator's list.
        LimitExceeded: more than 200,000 features, or a page of more than 64 MiB.
        InvalidInput: the area has no place in degrees.
    """
    box = box_in_degrees(area, crs)
    limited = replace(allowed, largest=min(allowed.largest, LARGEST_ANSWER))
    asking = Asking(limited, Stop(), resolve)
    questions = _Questions(service, box, asking)
    pool = ThreadPoolExecutor(1, thread_name_prefix="service")
    future = pool.submit(questions.answer)
    try:
        await_all([future], lambda: tell(questions.found))
        return future.result()
    finally:
        asking.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        wait([future], timeout=LET_GO_SECONDS)


def box_in_degrees(area: shapely.Geometry, crs: str) -> tuple[float, float, float, float]:
    """Return the bounds (west, south, east, north) of an area in degrees, to a hundred-thousandth and outwards.

    Raises:
        InvalidInput: the area lies where the CRS is not defined.
    """
    left, bottom, right, top = area.bounds
    dense = shapely.segmentize(area, max(right - left, top - bottom) / _PIECES)
    transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    west, south, east, north = shapely.transform(dense, transformer.transform, interleaved=False).bounds
    if not all(map(math.isfinite, (west, south, east, north))):
        raise InvalidInput(f"grid.bounds: lie where {crs} is not defined")
    return (_down(west), _down(south), -_down(-east), -_down(-north))


def _down(degrees: float) -> float:
    return math.floor(degrees * 1e5) / 1e5


class _Questions:
    """One service and one box: every layer, page by page, into one file."""

    def __init__(self, service: ServiceSource, box: tuple[float, float, float, float], asking: Asking) -> None:
        self._service = service
        self._box = box
        self._asking = asking
        self._folder = Path(asking.allowed.folder) / "services" / checksum_of({"service": service.__dict__, "box": box})
        self.found = 0

    def answer(self) -> Answer:
        name = made_name(self._service.url) if self._service.kind == "overpass" else _service_name(self._service.url)
        path, count = self._folder / f"{name}.geojson", self._folder / "count"
        self._folder.mkdir(parents=True, exist_ok=True)
        with locked(self._folder / "lock", self._asking.stop):
            if not (path.exists() and count.exists()):
                features = list(self._features())
                write_text(path, json.dumps({"type": "FeatureCollection", "features": features}))
                write_text(count, str(len(features)))
        return Answer(path, int(count.read_text(encoding="utf-8")))

    def _features(self) -> Iterator[Feature]:
        if self._service.kind == "overpass":
            yield from self._page(overpass_url(self._service.url, self._box), read_overpass).features
            return
        for layer in self._service.layers:
            yield from self._layer(layer)

    def _layer(self, layer: int) -> Iterator[Feature]:
        offset, seen = 0, set()
        while True:
            url = arcgis_url(self._service.url, layer, self._box, offset)
            page = self._page(url, read_arcgis)
            yield from page.features
            if not page.more and len(page.features) < PAGE:
                return
            mark = checksum_of(list(page.features))
            if mark in seen or (page.more and not page.features):
                raise DownloadFailed(f"{shown(url)}: the service says that there is more and does not send it")
            seen.add(mark)
            offset += len(page.features)

    def _page(self, url: str, read: Callable[[Path, str], Page]) -> Page:
        target = self._folder / hashlib.sha256(url.encode()).hexdigest()
        try:
            fetch(Wanted(url), target, self._asking, lambda size, of: None)
            page = read(target, url)
        finally:
            target.unlink(missing_ok=True)
        self.found += len(page.features)
        if self.found > MOST_FEATURES:
            raise LimitExceeded(f"{shown(url)}: more than {MOST_FEATURES:,} features lie in the region")
        return page


def arcgis_url(url: str, layer: int, box: tuple[float, float, float, float], offset: int) -> str:
    """Return the question for one page of a layer, as ArcGIS REST has it (Query, Map Service/Layer)."""
    question = {
        "where": "1=1",
        "geometry": ",".join(f"{degrees:.5f}" for degrees in box),
        "geometryType": "esriGeometryEnvelope",
        "inSR": 4326,
        "spatialRel": "esriSpatialRelIntersects",
        "outFields": "*",
        "returnGeometry": "true",
        "outSR": 4326,
        "resultOffset": offset,
        "resultRecordCount": PAGE,
        "f": "geojson",
    }
    return f"{url.rstrip('/')}/{layer}/query?{urlencode(question)}"


def overpass_url(url: str, box: tuple[float, float, float, float]) -> str:
    """Return the question for highways and railways in Overpass QL, whose boxes are south, west, north, east."""
    west, south, east, north = box
    where = f"({south:.5f},{west:.5f},{north:.5f},{east:.5f})"
    query = f'[out:json][timeout:{_OVERPASS_SECONDS}];(way["highway"]{where};way["railway"]{where};);out geom;'
    return f"{url}?{urlencode({'data': query})}"


def _service_name(url: str) -> str:
    """The last part of an ArcGIS address is the kind of server; the name stands before it."""
    return made_name(url.rstrip("/").rpartition("/")[0])
