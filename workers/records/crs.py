"""Which coordinate reference systems a region may have, and its sources."""

from pyproj import CRS
from pyproj.exceptions import CRSError

from workers.errors import InvalidInput

_LONGEST = 4000  # the database has room for so many


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
