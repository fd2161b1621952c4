"""Asking a web service for the features of a region, once: the answer is kept like a file that was downloaded."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

import shapely
from pyproj import Transformer

from workers.errors import InvalidInput, LimitExceeded
from workers.files import checksum_of, write_text
from workers.records.downloads import Downloads
from workers.records.services import ServiceSource
from workers.sources.addresses import Resolve, look_up, shown
from workers.sources.answers import Box, Feature, T
from workers.sources.arcgis import Layer
from workers.sources.connections import Asking, Stop
from workers.sources.downloads import LET_GO_SECONDS, await_all, locked, made_name
from workers.sources.fetch import Wanted, fetch
from workers.sources.overpass import overpass_url, read_overpass

MOST_FEATURES = 200_000
LARGEST_ANSWER = 64 << 20
_PIECES = 64  # of the area's longest side, as for tile indexes
_PATIENCE = 5.0  # times the pause of a file: a service that is busy stays so for longer, and counts who asks


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
        DownloadFailed: the service does not answer, stays busy, or answers with an error, a web page, or with other
            features than it announces.
        UnsafeInput: its host is not on the operator's list.
        LimitExceeded: more than 200,000 features, or a page of more than 64 MiB.
        InvalidInput: the area has no place in degrees.
    """
    box = box_in_degrees(area, crs)
    limited = replace(allowed, largest=min(allowed.largest, LARGEST_ANSWER), pause=allowed.pause * _PATIENCE)
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


def box_in_degrees(area: shapely.Geometry, crs: str) -> Box:
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
    """One service and one box: every layer, one after the other, into one file."""

    def __init__(self, service: ServiceSource, box: Box, asking: Asking) -> None:
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
        url = self._service.url.rstrip("/")
        if self._service.kind == "overpass":
            yield from self._counted(self._ask(overpass_url(self._service.url, self._box), read_overpass))
            return
        for number in self._service.layers:
            layer = Layer(f"{url}/{number}", self._box, self._ask)
            count = layer.count()
            self._check_number(self.found + count)
            yield from self._counted(layer.features(count))

    def _counted(self, features: Iterable[Feature]) -> Iterator[Feature]:
        for feature in features:
            self.found += 1
            self._check_number(self.found)
            yield feature

    def _check_number(self, features: int) -> None:
        if features > MOST_FEATURES:
            raise LimitExceeded(f"{shown(self._service.url)}: more than {MOST_FEATURES:,} features lie in the region")

    def _ask(self, url: str, read: Callable[[Path, str], T]) -> T:
        """The answer is read before the download ends, since one that says "not now" is asked for again."""
        target = self._folder / hashlib.sha256(url.encode()).hexdigest()
        answers: list[T] = []
        try:
            fetch(Wanted(url), target, self._asking, _uncounted, lambda path: answers.append(read(path, url)))
        finally:
            target.unlink(missing_ok=True)
        return answers[-1]


def _uncounted(size: int, announced: int | None) -> None:
    """Features are counted, not bytes."""


def _service_name(url: str) -> str:
    """The last part of an ArcGIS address is the kind of server; the name stands before it."""
    return made_name(url.rstrip("/").rpartition("/")[0])
