"""The unit of elevations: as stated, else as the files declare it, else that of the grid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyproj import CRS

from workers.errors import InvalidInput
from workers.rasters.intake import SourceRaster
from workers.records.regions import ChannelStatistics, ElevationUnit

METRES: dict[str, float] = {"metre": 1.0, "foot": 0.3048, "US survey foot": 1200 / 3937}
_SPELLINGS: dict[str, ElevationUnit] = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), "metre"),
    **dict.fromkeys(("ft", "foot", "feet", "international foot", "foot (international)"), "foot"),
    **dict.fromkeys(
        ("ftus", "us-ft", "us ft", "us_ft", "us survey foot", "us survey feet", "foot_us", "u.s. survey foot"),
        "US survey foot",
    ),
}
_SOURCES = ("as dem.unit says", "as the files say", "a guess by the unit of the files' CRS")
_LOWEST, _HIGHEST = -450.0, 8900.0  # metres: the Dead Sea's shore and Everest, with some room
_STEEP = 45.0  # degrees
_SAME = (
    1e-5  # the two feet differ by two millionths, a thousandth of a foot in Kentucky: not worth touching every pixel
)


@dataclass(frozen=True)
class ElevationScale:
    """What elevations are multiplied with to be in the unit of the grid, how that was decided, a sentence, and whether
    nobody said it.
    """

    factor: float
    note: str
    guessed: bool = False


def elevation_scale(files: Sequence[SourceRaster], stated: ElevationUnit | None, grid_crs: str) -> ElevationScale:
    """Return how elevations of some files become elevations in the unit of a grid's CRS.

    The unit is the one stated, else the one that each file declares for its values or in a compound CRS. Of a file that
    does not say, it is guessed to be that of its own CRS, since surveys in feet have heights in feet and those in
    metres heights in metres, and metres where that CRS is in degrees.

    Raises:
        InvalidInput: files of different units, where none is stated.
    """
    axis = CRS.from_user_input(grid_crs).axis_info[0]
    unit = stated or _unit_of_all(files)
    factor = METRES[unit] / axis.unit_conversion_factor
    silent = [] if stated else [file for file in files if not known_unit(file.unit)]
    source = _SOURCES[0] if stated else _SOURCES[2] if silent else _SOURCES[1]
    if abs(factor - 1) < _SAME:
        note = f"elevations are in the unit of the grid's CRS, {axis.unit_name}, {source}"
        return ElevationScale(1.0, note, guessed=bool(silent))
    changed = f"were multiplied by {factor:.6g} to be in {axis.unit_name}"
    return ElevationScale(factor, f"elevations in {unit}, {source}, {changed}", guessed=bool(silent))


def known_unit(text: str) -> ElevationUnit | None:
    """Return the unit that a file's word stands for, None for a word that is no unit of length known here."""
    return _SPELLINGS.get(text.strip().lower())


def _unit_of_all(files: Sequence[SourceRaster]) -> ElevationUnit:
    """Return the unit that all files have, each as it declares or else that of its CRS; the two feet count as one."""
    found = {known_unit(file.unit) or _unit_of(CRS.from_user_input(file.crs)): file for file in files}
    if len({round(METRES[unit], 5) for unit in found}) > 1:
        said = ", ".join(f"{Path(file.path).name} in {unit}" for unit, file in found.items())
        raise InvalidInput(f"dem: its files are in different units ({said}); say which with dem.unit")
    return next(iter(found), "metre")


def _unit_of(crs: CRS) -> ElevationUnit:
    return (known_unit(crs.axis_info[0].unit_name) if crs.is_projected else None) or "metre"


def implausible(statistics: Mapping[str, ChannelStatistics], grid_crs: str) -> Iterator[str]:
    """Yield what speaks against the unit of elevations, a sentence each: heights that are nowhere on land, and slopes
    that are steep throughout.

    Args:
        statistics: by the name of the channel; `dem` and `s` are looked at.
    """
    dem, slope = statistics.get("dem"), statistics.get("s")
    axis = CRS.from_user_input(grid_crs).axis_info[0]
    if dem and dem.minimum is not None and dem.maximum is not None:
        low, high = (value * axis.unit_conversion_factor for value in (dem.minimum, dem.maximum))
        if low < _LOWEST or high > _HIGHEST:
            yield f"Elevations from {low:,.0f} to {high:,.0f} m are not found on land: check their unit (dem.unit)."
    if slope and slope.valid_pixels and slope.percentiles["50"] > _STEEP:
        yield (
            f"Half of the ground is steeper than {slope.percentiles['50']:.0f} degrees: elevations may be in feet on a "
            "grid in metres (dem.unit)."
        )
