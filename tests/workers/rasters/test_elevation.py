from dataclasses import replace

import pytest

from workers.errors import InvalidInput
from workers.rasters.elevation import elevation_scale, implausible, known_unit
from workers.rasters.intake import SourceRaster
from workers.records.regions import ChannelStatistics

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


@pytest.mark.parametrize(
    ("own", "grid", "factor", "note"),
    [
        (
            METRES,
            FEET,
            3937 / 1200,
            "elevations in metre, a guess by the unit of the files' CRS, were multi",
        ),
        (FEET, METRES, 1200 / 3937, "elevations in US survey foot, a guess by the unit of the files' CRS, were"),
        ("EPSG:4269", METRES, 1.0, "elevations are in the unit of the grid's CRS, metre, a guess by"),
    ],
)
def test_where_nothing_says_the_unit_of_the_files_crs_is_guessed(own: str, grid: str, factor: float, note: str) -> None:
    found = elevation_scale([replace(FILE, crs=own, unit="fathom")], None, grid)
    assert found.factor == pytest.approx(factor, rel=1e-12)
    assert found.guessed
    assert found.note.startswith(note)


def test_what_is_said_is_no_guess() -> None:
    assert not elevation_scale([replace(FILE, unit="m")], None, METRES).guessed
    assert not elevation_scale([FILE], "foot", METRES).guessed


def test_a_file_that_does_not_say_may_contradict_one_that_does() -> None:
    said, silent = replace(FILE, unit="ft"), replace(FILE, path="/data/b.tif", crs=METRES)
    with pytest.raises(InvalidInput, match=r"different units \(a\.tif in foot, b\.tif in metre\)"):
        elevation_scale([said, silent], None, METRES)
    assert elevation_scale([replace(FILE, unit="m"), silent], None, METRES).guessed


def test_files_in_different_units_are_not_guessed_about() -> None:
    files = [FILE, replace(FILE, path="/data/b.tif", crs=METRES)]
    with pytest.raises(InvalidInput, match=r"different units \(a\.tif in US survey foot, b\.tif in metre\); say"):
        elevation_scale(files, None, FEET)


def statistics(low: float, median: float, high: float) -> ChannelStatistics:
    return ChannelStatistics(9, 0, low, high, median, 1.0, {"50": median}, ())


@pytest.mark.parametrize(
    ("dem", "slope", "sentences"),
    [
        (statistics(400, 600, 1000), statistics(0, 8, 60), []),
        (statistics(-500, 0, 10), statistics(0, 8, 60), ["Elevations from -500 to 10 m are not found on land"]),
        (statistics(3000, 9000, 9500), statistics(0, 8, 60), ["Elevations from 3,000 to 9,500 m are not found on"]),
        (statistics(0, 60, 90), statistics(0, 47.4, 80), ["Half of the ground is steeper than 47 degrees"]),
    ],
)
def test_heights_and_slopes_that_cannot_be_are_told(
    dem: ChannelStatistics, slope: ChannelStatistics, sentences: list[str]
) -> None:
    found = list(implausible({"dem": dem, "s": slope}, METRES))
    assert [told[: len(sentence)] for told, sentence in zip(found, sentences, strict=True)] == sentences


def test_a_channel_without_a_value_is_passed_over() -> None:
    empty = ChannelStatistics(0, 9, None, None, None, None, {}, ())
    assert list(implausible({"dem": empty, "s": empty}, FEET)) == []


def test_files_that_disagree_are_refused_by_name() -> None:
    files = [replace(FILE, unit="m"), replace(FILE, path="/data/b.tif", unit="ft")]
    with pytest.raises(
        InvalidInput, match=r"different units \(a\.tif in metre, b\.tif in foot\); say which with dem\.unit"
    ):
        elevation_scale(files, None, FEET)


def test_the_two_feet_count_as_one() -> None:
    files = [replace(FILE, unit="US survey foot"), replace(FILE, path="/data/b.tif", unit="ft")]
    assert elevation_scale(files, None, FEET).factor == 1.0
