"""Layers of an ArcGIS server: all features of a box, none twice and none lost.

The questions are those of the ArcGIS REST API, "Query (Map Service/Layer)".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from workers.sources.answers import Ask, Box, Feature, read_object, refused
from workers.sources.fetch import TryAgain

PAGE = 1000
IDS_AT_ONCE = 100
"""Object ids in one question: with them a URL stays below the 2,048 signs that are sent."""

_BUSY = (429, 503, 504)
_ALL: dict[str, str | int] = {"outFields": "*", "returnGeometry": "true", "outSR": 4326, "f": "geojson"}


@dataclass(frozen=True)
class LayerAbout:
    """What a layer says of itself: the field of its object ids (empty where it does not say), the most features in one
    answer, and whether it gives them in pages.
    """

    id_field: str
    most: int
    pages: bool


@dataclass(frozen=True)
class ObjectIds:
    """The ids of the features in a box, rising, and the field that holds them."""

    field: str
    ids: tuple[int, ...]


class Layer:
    """One layer and one box. Pages are asked for in the order of the object ids, since without an order a server may
    give a feature on two of them and leave another out; a layer without pages is asked for ids first.
    """

    def __init__(self, url: str, box: Box, ask: Ask) -> None:
        self._url = url
        self._box = box
        self._ask = ask

    def count(self) -> int:
        """Return how many features the server announces.

        Raises:
            DownloadFailed: no number, and all that `ask` raises.
        """
        return self._ask(self._in_box(returnCountOnly="true", f="json"), read_count)

    def features(self, count: int) -> Iterator[Feature]:
        """Yield the features, `count` of them.

        Raises:
            DownloadFailed: fewer or more have arrived, one has twice or has no id, and all that `ask` raises.
        """
        if not count:
            return
        about = self._ask(f"{self._url}?f=json", read_about)
        ids = None if about.pages and about.id_field else self._ids(count)
        answers = self._pages(about, count) if ids is None else self._by_ids(ids, about.most)
        field, seen = about.id_field if ids is None else ids.field, set[int]()
        for features in answers:
            for feature in features:
                seen.add(self._new_id(feature, field, seen))
                yield {name: value for name, value in feature.items() if name != "id"}  # another layer has it too
        self._check_count(count, len(seen), "sent")

    def _pages(self, about: LayerAbout, count: int) -> Iterator[tuple[Feature, ...]]:
        """As many as were asked for, or fewer: a server may have a limit that it does not tell."""
        arrived = 0
        while arrived < count:
            page = self._in_box(
                orderByFields=about.id_field, resultOffset=arrived, resultRecordCount=about.most, **_ALL
            )
            features = self._ask(page, read_features)
            if not features:
                return
            arrived += len(features)
            yield features

    def _ids(self, count: int) -> ObjectIds:
        found = self._ask(self._in_box(returnIdsOnly="true", f="json"), read_ids)
        self._check_count(count, len(found.ids), "named the ids of")
        return found

    def _by_ids(self, found: ObjectIds, most: int) -> Iterator[tuple[Feature, ...]]:
        size = min(most, IDS_AT_ONCE)
        for first in range(0, len(found.ids), size):
            ids = ",".join(map(str, found.ids[first : first + size]))
            yield self._ask(self._question(objectIds=ids, **_ALL), read_features)

    def _new_id(self, feature: Feature, field: str, seen: set[int]) -> int:
        properties = feature.get("properties")
        number = properties.get(field) if isinstance(properties, Mapping) else None
        number = feature.get("id") if number is None else number
        if not isinstance(number, int):
            raise refused(self._url, f"the service sent a feature without its {field}")
        if number in seen:
            raise refused(self._url, f"the service sent the feature with {field} {number} twice; try again later")
        return number

    def _check_count(self, announced: int, arrived: int, did: str) -> None:
        if arrived != announced:
            told = f"the service announces {announced:,} features and {did} {arrived:,}"
            raise refused(self._url, f"{told}; its data may be changing just now: try again later")

    def _in_box(self, **more: str | int) -> str:
        return self._question(
            where="1=1",
            geometry=",".join(f"{degrees:.5f}" for degrees in self._box),
            geometryType="esriGeometryEnvelope",
            inSR=4326,
            spatialRel="esriSpatialRelIntersects",
            **more,
        )

    def _question(self, **question: str | int) -> str:
        return f"{self._url}/query?{urlencode(question, safe=',')}"


def read_about(path: Path, url: str) -> LayerAbout:
    """Return what a layer says of itself. Servers before 10.3 say nothing of pages, and have none.

    Raises:
        TryAgain, DownloadFailed: no JSON, or an error of the service.
    """
    data = _answer(path, url)
    able = data.get("advancedQueryCapabilities")
    able = able if isinstance(able, Mapping) else {}
    most = data.get("maxRecordCount")
    return LayerAbout(
        _id_field(data),
        min(PAGE, most) if isinstance(most, int) and most > 0 else PAGE,
        able.get("supportsPagination") is True and able.get("supportsOrderBy") is not False,
    )


def _id_field(data: Mapping[str, Any]) -> str:
    if isinstance(named := data.get("objectIdField"), str):
        return named
    fields = data.get("fields")
    found = [each for each in fields if isinstance(each, Mapping)] if isinstance(fields, list) else []
    return next((str(each.get("name", "")) for each in found if each.get("type") == "esriFieldTypeOID"), "")


def read_count(path: Path, url: str) -> int:
    """Return the number of features in an answer to `returnCountOnly`.

    Raises:
        TryAgain, DownloadFailed: no JSON, an error of the service, or no number.
    """
    count = _answer(path, url).get("count")
    if not isinstance(count, int) or count < 0:
        raise refused(url, "the service does not say how many features there are; is it a layer that can be queried?")
    return count


def read_ids(path: Path, url: str) -> ObjectIds:
    """Return the ids in an answer to `returnIdsOnly`, each once; without any, servers send null.

    Raises:
        TryAgain, DownloadFailed: no JSON, an error of the service, or no ids.
    """
    data = _answer(path, url)
    ids = data.get("objectIds") or []
    if not isinstance(ids, list) or not all(isinstance(each, int) for each in ids):
        raise refused(url, "the service sent no object ids")
    return ObjectIds(str(data.get("objectIdFieldName") or "object id"), tuple(sorted(set(ids))))


def read_features(path: Path, url: str) -> tuple[Feature, ...]:
    """Return the features of an answer in GeoJSON.

    Raises:
        TryAgain, DownloadFailed: no JSON, an error of the service, or no GeoJSON.
    """
    data = _answer(path, url)
    features = data.get("features")
    if data.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise refused(url, "the service sent no GeoJSON; does the layer offer that format?")
    if not all(isinstance(feature, dict) and feature.get("type") == "Feature" for feature in features):
        raise refused(url, "the service sent something among its features that is none")
    return tuple(features)


def _answer(path: Path, url: str) -> dict[str, Any]:
    """An error comes with status 200 too, as `{"error": {"code": .., "message": ..}}`."""
    data = read_object(path, url)
    if isinstance(error := data.get("error"), Mapping):
        told = f"the service answers {error.get('code', '')} {str(error.get('message', ''))[:300]}".rstrip()
        if error.get("code") in _BUSY:
            raise TryAgain(told, busy=True)
        raise refused(url, told)
    return data
