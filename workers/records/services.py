"""Web services that are asked for what lies in a region."""

from dataclasses import dataclass
from typing import Literal

ServiceKind = Literal["arcgis", "overpass"]


@dataclass(frozen=True)
class ServiceSource:
    """A web service that gives features for a box, in place of a file.

    `arcgis` is the address of an ArcGIS MapServer or FeatureServer and the numbers of its `layers`; `overpass` the
    address of an Overpass interpreter, which is asked for highways and railways.
    """

    kind: ServiceKind
    url: str
    layers: tuple[int, ...] = ()
