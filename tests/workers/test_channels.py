import hashlib

import pytest

from workers.records.channels import CATALOGUE, ChannelInfo, extra_channel, known_channel, order_of, scaled_name
from workers.records.crs import length_unit


@pytest.mark.parametrize(
    ("name", "modality", "title", "unit"),
    [
        ("prcu", "prcu", "Profile curvature", "1 / unit"),
        ("plcu_50", "plcu", "Planform curvature, 50 ft", "1 / ft"),
        ("plcu_50m", "plcu", "Planform curvature, 50 m", "1 / m"),
        ("s_2", "s", "Slope, 2 ft", "degree"),
        ("s_10m", "s", "Slope, 10 m", "degree"),
        ("prc_2.5m", "prc", "Profile curvature, log-transformed, 2.5 m", ""),
        ("plc_1.5e+06m", "plc", "Planform curvature, log-transformed, 1.5e+06 m", ""),
        ("ep_7x7", "ep", "Elevation percentile, 7 x 7 px", "percent"),
        ("sds_3x3", "sds", "Standard deviation of slope, 3 x 3 px", "degree"),
        ("rel_256x256", "rel", "Elevation less its mean, 256 x 256 px", ""),
        ("tpi_15", "tpi", "Topographic position index, 15 px around", ""),
        ("hand", "hand", "Height above nearest drainage", ""),
        ("mdhs", "hillshade", "Hillshade from four sides", ""),
    ],
)
def test_a_channel_that_earthscape_lacks_is_known_by_its_name(name: str, modality: str, title: str, unit: str) -> None:
    found = extra_channel(name)
    assert found is not None
    assert (found.modality, found.title, found.unit, found.kind) == (modality, title, unit, "continuous")


def test_other_names_are_nobodys() -> None:
    others = ("tpi", "tpi_x", "rel_5", "rel_5x7", "shade", "s_", "s_1.0.1", "s_10km", "s_m", "ep_7x9", "dem_10")
    assert [extra_channel(name) for name in (*others, *(c.name for c in CATALOGUE))] == [None] * (11 + 38)


def test_the_catalogue_is_that_of_earthscape_in_feet() -> None:
    told = hashlib.sha256(repr(CATALOGUE).encode()).hexdigest()  # names, titles, units and order
    assert told == "a2d15ec6e820f24d39ce6767ee48ef38e920ee53f192e85fb4a66f136ebff4ea"
    assert known_channel("s_10") == ChannelInfo(
        "s_10", "s", "Slope, 10 ft", "degree", "continuous", "slope_10", resolution=10
    )


@pytest.mark.parametrize(
    ("crs", "name"),
    [
        ("EPSG:3089", "s_10"),  # US survey feet
        ("EPSG:2222", "s_10"),  # feet
        ("EPSG:26916", "s_10m"),
        ("+proj=tmerc +lat_0=37 +lon_0=-86 +units=yd +datum=WGS84", "s_9.144m"),
        ("+proj=tmerc +lat_0=37 +lon_0=-86 +units=km +datum=WGS84", "s_10000m"),
    ],
)
def test_a_scale_is_called_after_its_length_on_the_ground(crs: str, name: str) -> None:
    assert scaled_name("s", 10.0, length_unit(crs)) == name


def test_channels_of_a_family_stand_together_by_scale() -> None:
    mixed = ["s_100m", "hand", "sds_3x3", "s_20m", "plc", "s_2.5m", "dem", "s", "osm", "ep_7x7", "prcu"]
    assert sorted(mixed, key=order_of) == [
        "dem", "s", "s_2.5m", "s_20m", "s_100m", "plc", "ep_7x7", "sds_3x3", "osm", "hand", "prcu",
    ]  # fmt: skip
