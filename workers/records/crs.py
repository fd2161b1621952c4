"""Which coordinate reference systems a region may have, and its sources; the unit in which one measures."""

import math
from dataclasses import dataclass
from functools import lru_cache

from pyproj import CRS
from pyproj.exceptions import CRSError

from workers.errors import InvalidInput

_LONGEST = 4000  # the database has room for so many
_SYMBOLS = (("m", 1.0), ("ft", 0.3048))
_SAME_UNIT = 1e-4  # the feet in use differ by less, and "metre" has more than one spelling: the length decides


@dataclass(frozen=True)
class LengthUnit:
    """A unit of length: what stands behind its numbers (`m`, `ft`, else its name in the CRS), and its metres."""

    symbol: str
    metres: float


@lru_cache(maxsize=256)
def length_unit(crs: str) -> LengthUnit | None:
    """Return the unit in which a CRS measures, that of its first axis; None for one in degrees.

    All feet in use have the symbol `ft`: they differ by millionths.
    """
    found = CRS.from_user_input(crs)
    if found.is_geographic or not found.axis_info:
        return None
    axis = found.axis_info[0]
    metres: float = axis.unit_conversion_factor
    near = (symbol for symbol, length in _SYMBOLS if math.isclose(metres, length, rel_tol=_SAME_UNIT))
    return LengthUnit(next(near, axis.unit_name), metres)


def checked_crs(text: str, *, field: str = "grid.crs") -> str:
    """Return a CRS as given if a region can lie in it: projected, in a unit of length.

    Raises:
        InvalidInput: unknown, too long to be stored, or not projected (degrees have no one length, so slope and area
            would be wrong).
    """
    if len(text) > _LONGEST:
        raise InvalidInput(f"{field}: {len(text):,} characters, more than {_LONGEST:,}; write it like EPSG:3089")
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise InvalidInput(
            f"{field}: {text[:100]!r} is not a coordinate reference system; write it like EPSG:3089"
        ) from error
    if crs.is_geographic:
        raise InvalidInput(
            f"{field}: {text} measures in degrees, where a pixel has no fixed size; "
            "choose a projected CRS in metres or feet"
        )
    if not crs.is_projected:
        raise InvalidInput(f"{field}: {text} is {crs.type_name}, no map projection; choose a projected CRS")
    return text


def horizontal_crs(text: str) -> str:
    """Return the horizontal part of a compound CRS, by its code where it has one; any other CRS as given."""
    crs = CRS.from_user_input(text)
    if not crs.is_compound:
        return text
    part = crs.sub_crs_list[0]
    code = part.to_authority()
    return f"{code[0]}:{code[1]}" if code else str(part.to_wkt())


def check_placed(file: str, text: str) -> None:
    """Check that a file's CRS has a place on Earth, so that its coordinates can be brought into a region's.

    Raises:
        InvalidInput: it is unknown, or of an engineer's own making; the message names the file.
    """
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise InvalidInput(f"{file}: its coordinate reference system is not known: {text[:100]!r}") from error
    if not (crs.is_projected or crs.is_geographic):
        raise InvalidInput(
            f"{file}: its coordinate reference system {crs.name!r} has no known place on Earth; "
            "give the file a projected or geographic one"
        )
