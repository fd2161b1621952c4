"""Which colours a channel is shown in. Continuous tables are those of matplotlib and cmocean, by way of rio-tiler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rio_tiler.colormap import cmap

from workers.files import checksum_of
from workers.records.channels import ChannelKind

Palette = NDArray[np.uint8]

NAME_BY_MODALITY = {
    "dem": "gist_earth",
    "s": "viridis",
    "prc": "rdbu_r",
    "plc": "rdbu_r",
    "ep": "cividis",
    "sds": "magma",
    "aerial": "gray",
    "hillshade": "gray",
    "hand": "gist_earth",
    "rel": "rdbu_r",
    "tpi": "rdbu_r",
    "prcu": "rdbu_r",
    "plcu": "rdbu_r",
}
COLOUR_BY_CHANNEL = {"nhd": "#1f6fb2", "osm": "#3d3a38"}
DEFAULT_NAME = "viridis"
DEFAULT_COLOUR = "#7a3b8f"
STOPS = 5


@dataclass(frozen=True)
class Stop:
    """One line of a legend: a value of the channel, or the symbol of a class, and its colour as #rrggbb."""

    value: float | str
    label: str
    colour: str


@dataclass(frozen=True)
class ClassColour:
    """How one value of a class raster is shown."""

    value: int
    symbol: str
    name: str
    colour: str


@dataclass(frozen=True)
class Style:
    """All that determines how a channel looks: what is drawn (`sources`, SHA-256 of the display copies) and how."""

    kind: ChannelKind | str
    palette: str
    unit: str
    low: float
    high: float
    stops: tuple[Stop, ...]
    sources: tuple[str, ...]

    @property
    def checksum(self) -> str:
        return checksum_of(self)


def palette_name(channel: str, *, modality: str, kind: str) -> str:
    """Return the name of a continuous table, the one colour of a binary channel as #rrggbb, or `classes`."""
    if kind == "class":
        return "classes"
    if kind == "binary":
        return COLOUR_BY_CHANNEL.get(channel, DEFAULT_COLOUR)
    return NAME_BY_MODALITY.get(modality, DEFAULT_NAME)


@lru_cache(maxsize=64)
def continuous_palette(name: str) -> Palette:
    """Return the colours of display values, (256, 4) uint8 RGBA: 0 is transparent, 1-255 run through the table."""
    table = np.array([cmap.get(name)[index] for index in range(256)], np.uint8)
    table[0] = 0
    return table


def binary_palette(colour: str) -> Palette:
    """Return the colours of a binary channel, (256, 4) uint8 RGBA: only display value 2, which is 1, is seen."""
    table = np.zeros((256, 4), np.uint8)
    table[2] = rgba(colour)
    return table


def class_palette(colours: Mapping[int, str]) -> Palette:
    """Return the colours of a class channel, (256, 4) uint8 RGBA; a value that is not in `colours` is transparent."""
    table = np.zeros((256, 4), np.uint8)
    for value, colour in colours.items():
        table[value] = rgba(colour)
    return table


def rgba(colour: str) -> tuple[int, int, int, int]:
    """Return the opaque colour of #rrggbb."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return (red, green, blue, 255)


def hex_of(colour: Sequence[int] | NDArray[np.uint8]) -> str:
    """Return #rrggbb."""
    return "#" + bytes(int(part) for part in colour[:3]).hex()


def _label(value: float, unit: str) -> str:
    """Return a number of three or four digits with its unit, as a legend is read: 9.51°, 889 ft."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    number = f"{value:.{digits}f}" if round(value, digits) or not value else f"{value:.2g}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number}°" if unit == "degree" else f"{number} {unit}".strip()


def continuous_stops(name: str, low: float, high: float, *, unit: str) -> tuple[Stop, ...]:
    """Return five evenly spaced lines of a legend."""
    table = continuous_palette(name)
    stops = []
    for index in range(STOPS):
        share = index / (STOPS - 1)
        value = low + share * (high - low)
        stops.append(Stop(value, _label(value, unit), hex_of(table[1 + round(share * 254)])))
    return tuple(stops)
