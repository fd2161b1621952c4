"""How a channel of one region is written: the unit of its elevations and its own pixel size come from its grid."""

from dataclasses import dataclass

from workers.records.channels import NATIVE_TITLES, known_channel
from workers.records.crs import LengthUnit, length_unit

_HEIGHTS = ("dem", "hand", "rel", "tpi")
_CURVATURES = ("prcu", "plcu")


@dataclass(frozen=True)
class Wording:
    """Title and unit of a channel, as people read them."""

    title: str
    unit: str


def wording_in_region(name: str, general: Wording, *, crs: str, pixel_size: float | None) -> Wording:
    """Return how a channel is written where one region's is meant.

    Elevations and what is measured like them are in the unit of the region's CRS, plain curvature in one over it;
    channels at the grid's own pixel size tell it. A title that somebody changed stays, as does what nobody here knows,
    and all in a region whose CRS is in degrees.

    Args:
        general: how it is written without a region.
        crs: of the region.
        pixel_size: of the region, in units of the CRS; None where no grid is known.
    """
    known, length = known_channel(name), length_unit(crs)
    if known is None or length is None:
        return general
    title, unit = general.title, general.unit
    if known.modality in _HEIGHTS:
        unit = length.symbol
    if known.modality in _CURVATURES:
        unit = f"1 / {length.symbol}"
    if name in NATIVE_TITLES and pixel_size is not None and title == known.title:
        title = f"{NATIVE_TITLES[name]}, {size_in_words(pixel_size, length)}"
    return Wording(title, unit)


def size_in_words(size: float, length: LengthUnit | None) -> str:
    """Return a length of a region with its unit, to six digits: 5 ft, 0.5 m; without one it is in CRS units."""
    return f"{size:g} {length.symbol if length else 'CRS units'}"
