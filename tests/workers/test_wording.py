import pytest

from workers.records.channels import CATALOGUE, known_channel
from workers.records.crs import LengthUnit, length_unit
from workers.records.wording import Wording, wording_in_region

FEET, METRES, DEGREES = "EPSG:3089", "EPSG:26916", "EPSG:4269"
YARDS = "+proj=tmerc +lat_0=37 +lon_0=-86 +units=yd +datum=WGS84"


def worded(name: str, crs: str, pixel_size: float | None) -> tuple[str, str]:
    known = known_channel(name)
    assert known is not None
    found = wording_in_region(name, Wording(known.title, known.unit), crs=crs, pixel_size=pixel_size)
    return (found.title, found.unit)


@pytest.mark.parametrize(
    ("crs", "unit"),
    [
        (FEET, LengthUnit("ft", 0.30480060960121924)),
        ("EPSG:2222", LengthUnit("ft", 0.3048)),
        (METRES, LengthUnit("m", 1.0)),
        (YARDS, LengthUnit("yard", 0.9144)),
        (DEGREES, None),
    ],
)
def test_a_crs_measures_in_one_unit_of_length(crs: str, unit: LengthUnit | None) -> None:
    assert length_unit(crs) == unit


def test_a_region_at_five_feet_has_the_words_of_the_catalogue() -> None:
    assert [worded(c.name, FEET, 5.0) for c in CATALOGUE] == [(c.title, c.unit) for c in CATALOGUE]


@pytest.mark.parametrize(
    ("name", "title", "unit"),
    [
        ("dem", "Elevation", "m"),
        ("s", "Slope, 0.5 m", "degree"),
        ("prc", "Profile curvature, log-transformed, 0.5 m", ""),
        ("s_10m", "Slope, 10 m", "degree"),
        ("s_10", "Slope, 10 ft", "degree"),  # from somebody's tile files: the name means feet everywhere
        ("ep_5x5", "Elevation percentile, 5 x 5 px", "percent"),
        ("prcu", "Profile curvature, 0.5 m", "1 / m"),
        ("prcu_10m", "Profile curvature, 10 m", "1 / m"),
        ("hand", "Height above nearest drainage", "m"),
        ("rel_16x16", "Elevation less its mean, 16 x 16 px", "m"),
        ("tpi_5", "Topographic position index, 5 px around", "m"),
        ("mdhs", "Hillshade from four sides", ""),
        ("aerialr", "Aerial imagery, red", ""),
    ],
)
def test_a_region_in_metres_tells_its_own_unit_and_pixel_size(name: str, title: str, unit: str) -> None:
    assert worded(name, METRES, 0.5) == (title, unit)


def test_a_unit_that_is_neither_metre_nor_foot_is_named() -> None:
    assert [worded(name, YARDS, 2.0) for name in ("dem", "s")] == [("Elevation", "yard"), ("Slope, 2 yard", "degree")]


def test_what_somebody_changed_and_what_nobody_knows_stays() -> None:
    ours, foreign = Wording("Steepness", "degree"), Wording("texture", "")
    assert wording_in_region("s", ours, crs=METRES, pixel_size=1.0) == ours
    assert wording_in_region("texture", foreign, crs=METRES, pixel_size=1.0) == foreign
    assert worded("dem", DEGREES, 0.001) == ("Elevation", "ft")
    assert worded("s", METRES, None) == ("Slope, 5 ft", "degree")
