from dataclasses import replace

import pytest

from workers.errors import InvalidInput
from workers.rasters.elevation import elevation_scale, known_unit
from workers.rasters.intake import SourceRaster

FEET, METRES = "EPSG:3089", "EPSG:26916"
FILE = SourceRaster("/data/a.tif", FEET, (5.0, 5.0), (0.0, 0.0, 5.0, 5.0), 1, 1, 1, "float32")


@pytest.mark.parametrize(
    ("text", "unit"),
    [("m", "metre"), ("Metre", "metre"), ("ft", "foot"), ("US survey foot", "US survey foot"),
     ("ftUS", "US survey foot"), ("fathom", None), ("", None)],
)  # fmt: skip
def test_units_are_known_by_the_words_of_files(text: str, unit: str | None) -> None:
    assert known_unit(text) == unit


@pytest.mark.parametrize(
    ("declared", "crs", "factor"),
    [("m", FEET, 3937 / 1200), ("ft", METRES, 0.3048), ("us-ft", METRES, 1200 / 3937), ("m", METRES, 1.0),
     ("ft", FEET, 1.0)],
)  # fmt: skip
def test_elevations_come_into_the_unit_of_the_grid(declared: str, crs: str, factor: float) -> None:
    assert elevation_scale([replace(FILE, unit=declared)], None, crs).factor == pytest.approx(factor, rel=1e-12)


def test_what_is_stated_goes_before_what_files_declare() -> None:
    found = elevation_scale([replace(FILE, unit="ft"), replace(FILE, unit="m")], "metre", FEET)
    assert found.factor == pytest.approx(3937 / 1200)
    assert found.note.startswith("elevations in metre, as dem.unit says")


def test_where_nothing_says_the_note_says_so() -> None:
    found = elevation_scale([replace(FILE, unit="fathom")], None, METRES)
    assert (found.factor, found.note) == (
        1.0,
        "elevations are taken to be in the unit of the grid's CRS, metre: no file says, nor does dem.unit",
    )


def test_files_that_disagree_are_refused_by_name() -> None:
    files = [replace(FILE, unit="m"), replace(FILE, path="/data/b.tif", unit="ft")]
    with pytest.raises(
        InvalidInput, match=r"different units \(a\.tif in metre, b\.tif in foot\); say which with dem\.unit"
    ):
        elevation_scale(files, None, FEET)
