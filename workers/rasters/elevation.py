"""The unit of elevations: as stated, else as the files declare it, else that of the grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyproj import CRS

from workers.errors import InvalidInput
from workers.rasters.intake import SourceRaster
from workers.records.regions import ElevationUnit

METRES: dict[str, float] = {"metre": 1.0, "foot": 0.3048, "US survey foot": 1200 / 3937}
_SPELLINGS: dict[str, ElevationUnit] = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), "metre"),
    **dict.fromkeys(("ft", "foot", "feet", "international foot", "foot (international)"), "foot"),
    **dict.fromkeys(
        ("ftus", "us-ft", "us ft", "us_ft", "us survey foot", "us survey feet", "foot_us", "u.s. survey foot"),
        "US survey foot",
    ),
}
_SAME = (
    1e-5  # the two feet differ by two millionths, a thousandth of a foot in Kentucky: not worth touching every pixel
)


@dataclass(frozen=True)
class ElevationScale:
    """What elevations are multiplied with to be in the unit of the grid, and how that was decided, a sentence."""

    factor: float
    note: str


def elevation_scale(files: Sequence[SourceRaster], stated: ElevationUnit | None, grid_crs: str) -> ElevationScale:
    """Return how elevations of some files become elevations in the unit of a grid's CRS.

    Raises:
        InvalidInput: files that declare different units, where none is stated.
    """
    axis = CRS.from_user_input(grid_crs).axis_info[0]
    unit = stated or _declared(files)
    if unit is None:
        taken = f"elevations are taken to be in the unit of the grid's CRS, {axis.unit_name}"
        return ElevationScale(1.0, f"{taken}: no file says, nor does dem.unit")
    factor = METRES[unit] / axis.unit_conversion_factor
    source = "as dem.unit says" if stated else "as the files say"
    if abs(factor - 1) < _SAME:
        return ElevationScale(1.0, f"elevations are in the unit of the grid's CRS, {axis.unit_name}, {source}")
    changed = f"were multiplied by {factor:.6g} to be in {axis.unit_name}"
    return ElevationScale(factor, f"elevations in {unit}, {source}, {changed}")


def known_unit(text: str) -> ElevationUnit | None:
    """Return the unit that a file's word stands for, None for a word that is no unit of length known here."""
    return _SPELLINGS.get(text.strip().lower())


def _declared(files: Sequence[SourceRaster]) -> ElevationUnit | None:
    found = {known_unit(file.unit): file for file in files if file.unit}
    known = {unit: file for unit, file in found.items() if unit}
    if len(known) > 1:
        said = ", ".join(f"{Path(file.path).name} in {unit}" for unit, file in known.items())
        raise InvalidInput(f"dem: its files declare elevations in different units ({said}); say which with dem.unit")
    return next(iter(known), None)
