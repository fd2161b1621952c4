"""The default catalogue: the 38 channels of EarthScape, in their order.

Source: Massey and Imran 2025, data dictionary v1.0.1 and the change log of v1.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
    *_at_resolutions("s", "slope", "Slope", "degree"),
    *_at_resolutions("prc", "procurv", "Profile curvature, log-transformed", ""),
    *_at_resolutions("plc", "plancurv", "Planform curvature, log-transformed", ""),
    *_in_windows("ep", "ep", "Elevation percentile", "percent"),
    *_in_windows("sds", "stdslope", "Standard deviation of slope", "degree"),
    ChannelInfo("nhd", "nhd", "Streams and water bodies", "", "binary", "nhd"),
    ChannelInfo("osm", "osm", "Roads and railways", "", "binary", "osm"),
)

CHANNEL_NAMES: tuple[str, ...] = tuple(channel.name for channel in CATALOGUE)

COMPOSITES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rgb": ("Aerial imagery, natural colours", ("aerialr", "aerialg", "aerialb")),
    "falsecolour": ("Aerial imagery, near infrared as red", ("aerialnir", "aerialr", "aerialg")),
}
"""What maps show of three channels together: title and channels by a name that no channel may have."""


_EXTRAS: tuple[tuple[str, str, str, str], ...] = (
    (r"prcu(?:_(?P<resolution>[0-9.]+))?", "prcu", "Profile curvature", "1 / unit"),
    (r"plcu(?:_(?P<resolution>[0-9.]+))?", "plcu", "Planform curvature", "1 / unit"),
    (r"rel_(?P<window>[0-9]+)x[0-9]+", "rel", "Elevation less its mean", ""),
    (r"tpi_(?P<radius>[0-9]+)", "tpi", "Topographic position index", ""),
    (r"hand", "hand", "Height above nearest drainage", ""),
    (r"mdhs", "hillshade", "Hillshade from four sides", ""),
    (r"hillshade", "hillshade", "Hillshade from the north-west", ""),
)
"""Channels that a specification may ask for beside those of EarthScape: pattern of the name, modality, title, unit."""


def extra_channel(name: str) -> ChannelInfo | None:
    """Return what is known of a channel that EarthScape lacks, by its name; None if it is not one of ours."""
    for pattern, modality, title, unit in _EXTRAS:
        if match := re.fullmatch(pattern, name):
            scale = {key: value for key, value in match.groupdict().items() if value}
            return ChannelInfo(name, modality, f"{title}{_scale_in_words(scale)}", unit, "continuous", "")
    return None


def _scale_in_words(scale: dict[str, str]) -> str:
    for key, words in (("resolution", "{} CRS units"), ("window", "{0} x {0} px"), ("radius", "{} px around")):
        if key in scale:
            return f", {words.format(scale[key])}"
    return ""


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
