"""The default catalogue: the 38 channels of EarthScape, in their order.

Source: Massey and Imran 2025, data dictionary v1.0.1 and the change log of v1.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workers.records.crs import LengthUnit

ChannelKind = Literal["continuous", "image", "binary", "class"]

RESOLUTIONS_FT = (10, 20, 50, 100, 200)
WINDOWS_PX = (5, 11, 21, 51, 101, 201)


@dataclass(frozen=True)
class ChannelInfo:
    """One channel: its name, family, what it shows and in which unit.

    `published_name` is the channel's name in v1.0 where that differs; `resolution` is in feet, `window` in pixels.
    """

    name: str
    modality: str
    title: str
    unit: str
    kind: ChannelKind
    published_name: str
    resolution: int | None = None
    window: int | None = None


_AT_RESOLUTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("s", "slope", "Slope", "degree"),
    ("prc", "procurv", "Profile curvature, log-transformed", ""),
    ("plc", "plancurv", "Planform curvature, log-transformed", ""),
)
_IN_WINDOWS: tuple[tuple[str, str, str, str], ...] = (
    ("ep", "ep", "Elevation percentile", "percent"),
    ("sds", "stdslope", "Standard deviation of slope", "degree"),
)
"""Families of channels: modality, published name, title, unit."""


def _at_resolutions(name: str, published: str, title: str, unit: str) -> list[ChannelInfo]:
    native = ChannelInfo(name, name, f"{title}, 5 ft", unit, "continuous", published, resolution=5)
    coarse = [
        ChannelInfo(f"{name}_{r}", name, f"{title}, {r} ft", unit, "continuous", f"{published}_{r}", resolution=r)
        for r in RESOLUTIONS_FT
    ]
    return [native, *coarse]


def _in_windows(name: str, published: str, title: str, unit: str) -> list[ChannelInfo]:
    windows = [(w, f"{w}x{w}") for w in WINDOWS_PX]
    return [
        ChannelInfo(f"{name}_{x}", name, f"{title}, {w} x {w} px", unit, "continuous", f"{published}_{x}", window=w)
        for w, x in windows
    ]


CATALOGUE: tuple[ChannelInfo, ...] = (
    ChannelInfo("mask", "mask", "Map units", "", "class", "geology"),
    ChannelInfo("aerialr", "aerial", "Aerial imagery, red", "", "image", "aerialr"),
    ChannelInfo("aerialg", "aerial", "Aerial imagery, green", "", "image", "aerialg"),
    ChannelInfo("aerialb", "aerial", "Aerial imagery, blue", "", "image", "aerialb"),
    ChannelInfo("aerialnir", "aerial", "Aerial imagery, near infrared", "", "image", "aerialnir"),
    ChannelInfo("dem", "dem", "Elevation", "ft", "continuous", "dem"),
    *(channel for family in _AT_RESOLUTIONS for channel in _at_resolutions(*family)),
    *(channel for family in _IN_WINDOWS for channel in _in_windows(*family)),
    ChannelInfo("nhd", "nhd", "Streams and water bodies", "", "binary", "nhd"),
    ChannelInfo("osm", "osm", "Roads and railways", "", "binary", "osm"),
)

CHANNEL_NAMES: tuple[str, ...] = tuple(channel.name for channel in CATALOGUE)

COMPOSITES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rgb": ("Aerial imagery, natural colours", ("aerialr", "aerialg", "aerialb")),
    "falsecolour": ("Aerial imagery, near infrared as red", ("aerialnir", "aerialr", "aerialg")),
}
"""What maps show of three channels together: title and channels by a name that no channel may have."""


_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:e[-+][0-9]+)?"
_SIZE = rf"(?P<size>{_NUMBER})(?P<unit>m?)"
_WINDOW = r"(?P<window>[0-9]+)x(?P=window)"
_EXTRAS: tuple[tuple[str, str, str, str], ...] = (
    *((rf"{name}_{_SIZE}", name, title, unit) for name, _, title, unit in _AT_RESOLUTIONS),
    *((rf"{name}_{_WINDOW}", name, title, unit) for name, _, title, unit in _IN_WINDOWS),
    (rf"prcu(?:_{_SIZE})?", "prcu", "Profile curvature", "1 / unit"),
    (rf"plcu(?:_{_SIZE})?", "plcu", "Planform curvature", "1 / unit"),
    (rf"rel_{_WINDOW}", "rel", "Elevation less its mean", ""),
    (r"tpi_(?P<radius>[0-9]+)", "tpi", "Topographic position index", ""),
    (r"hand", "hand", "Height above nearest drainage", ""),
    (r"mdhs", "hillshade", "Hillshade from four sides", ""),
    (r"hillshade", "hillshade", "Hillshade from the north-west", ""),
)
"""Channels that a specification may ask for beside those of EarthScape: pattern of the name, modality, title, unit."""

NATIVE_TITLES: Mapping[str, str] = {
    **{name: title for name, _, title, _ in _AT_RESOLUTIONS},
    "prcu": "Profile curvature",
    "plcu": "Planform curvature",
}
"""Channels at the pixel size of their region, which the name does not tell: their titles without it."""


def scaled_name(name: str, size: float, unit: LengthUnit | None) -> str:
    """Return what a channel is called at a scale coarser than the grid, in a CRS of this unit: `s_10` at 10 ft, `s_10m`
    at 10 m. A scale in a unit other than feet is told in metres, so that a name means one length everywhere.
    """
    if unit is None or unit.symbol == "ft":
        return f"{name}_{size:g}"
    return f"{name}_{size * (1 if unit.symbol == 'm' else unit.metres):g}m"


def known_channel(name: str) -> ChannelInfo | None:
    """Return what is known of a channel by its name, of EarthScape or beside it; None if it is not one of ours."""
    return next((channel for channel in CATALOGUE if channel.name == name), None) or extra_channel(name)


def extra_channel(name: str) -> ChannelInfo | None:
    """Return what is known of a channel that EarthScape lacks, by its name; None if it is not one of ours."""
    if name in CHANNEL_NAMES:
        return None
    for pattern, modality, title, unit in _EXTRAS:
        if match := re.fullmatch(pattern, name):
            scale = {key: value for key, value in match.groupdict().items() if value}
            length = ("m" if "unit" in scale else "ft") if "size" in scale else "unit"
            words = f"{title}{_scale_in_words(scale, length)}"
            return ChannelInfo(name, modality, words, unit.replace("unit", length), "continuous", "")
    return None


def _scale_in_words(scale: Mapping[str, str], length: str) -> str:
    words = {"size": f"{{}} {length}", "window": "{0} x {0} px", "radius": "{} px around"}
    return "".join(f", {form.format(scale[key])}" for key, form in words.items() if key in scale)


def order_of(name: str) -> tuple[int, float, str]:
    """Return what to sort channels by: the catalogue's order, beside it each family by its scales, then all others."""
    if name in CHANNEL_NAMES:
        return (CHANNEL_NAMES.index(name), 0.0, name)
    known = extra_channel(name)
    family = [place for place, channel in enumerate(CATALOGUE) if known and channel.modality == known.modality]
    size = re.search(f"_({_NUMBER})", name)
    return (family[0], float(size[1]), name) if family and size else (len(CATALOGUE), 0.0, name)


def name_in_layout(name: str, layout: str) -> str:
    """Return what a channel is called in the files of a layout: v1.0.1 has names of its own, v1.1 today's."""
    published = {channel.name: channel.published_name for channel in CATALOGUE}
    return published.get(name, name) if layout == "v1.0.1" else name


def kind_of(name: str) -> ChannelKind:
    """Return the kind of a channel; one that the catalogue lacks is continuous."""
    return next((channel.kind for channel in CATALOGUE if channel.name == name), "continuous")


def canonical_name(name: str) -> str | None:
    """Return today's name of a channel given under its v1.0 or v1.1 name, or None if the catalogue lacks it."""
    stem = name.removesuffix(".tif")
    return next((c.name for c in CATALOGUE if stem in (c.name, c.published_name)), None)
