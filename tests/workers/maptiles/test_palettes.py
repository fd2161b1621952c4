import pytest

from workers.maptiles import palettes
from workers.maptiles.palettes import Style
from workers.records.map_units import MAP_UNITS


def test_map_units_have_exactly_the_catalogues_colours() -> None:
    table = palettes.class_palette({unit.mask_value: unit.colour for unit in MAP_UNITS})
    assert table[2].tolist() == [0xFD, 0xF5, 0xA4, 255]
    assert [palettes.hex_of(table[unit.mask_value]) for unit in MAP_UNITS] == [unit.colour for unit in MAP_UNITS]
    assert table[0].tolist() == table[8].tolist() == [0, 0, 0, 0]


def test_nothing_is_transparent_in_a_continuous_table() -> None:
    table = palettes.continuous_palette("viridis")
    assert table[0].tolist() == [0, 0, 0, 0]
    assert table[255].tolist() == [253, 231, 36, 255]


def test_a_binary_channel_shows_its_ones_alone() -> None:
    table = palettes.binary_palette("#1f6fb2")
    assert table[1].tolist() == [0, 0, 0, 0]
    assert table[2].tolist() == [0x1F, 0x6F, 0xB2, 255]


@pytest.mark.parametrize(
    ("channel", "modality", "kind", "name"),
    [
        ("dem", "dem", "continuous", "gist_earth"),
        ("prc_50", "prc", "continuous", "rdbu_r"),
        ("mask", "mask", "class", "classes"),
        ("nhd", "nhd", "binary", "#1f6fb2"),
        ("other", "own", "continuous", "viridis"),
    ],
)
def test_names(channel: str, modality: str, kind: str, name: str) -> None:
    assert palettes.palette_name(channel, modality=modality, kind=kind) == name


def test_stops_run_from_low_to_high_with_the_unit() -> None:
    stops = palettes.continuous_stops("viridis", 0.0, 40.0, unit="degree")
    assert [stop.value for stop in stops] == [0, 10, 20, 30, 40]
    assert (stops[2].label, stops[4].colour) == ("20°", "#fde724")


@pytest.mark.parametrize(
    ("value", "unit", "label"),
    [
        (889.13, "ft", "889 ft"),
        (0.4193, "degree", "0.42°"),
        (12.5, "", "12.5"),
        (0.0, "ft", "0 ft"),
        (0.0004, "", "0.0004"),
        (-2.409, "", "-2.41"),
    ],
)
def test_a_legend_has_no_more_digits_than_are_read(value: float, unit: str, label: str) -> None:
    assert palettes.continuous_stops("viridis", value, value + 1, unit=unit)[0].label == label


def test_a_checksum_follows_what_is_drawn() -> None:
    style = Style("continuous", "viridis", unit="", low=0.0, high=1.0, stops=(), sources=("a",))
    other = Style("continuous", "viridis", unit="", low=0.0, high=1.0, stops=(), sources=("b",))
    assert style.checksum != other.checksum
    assert len(style.checksum) == 64
