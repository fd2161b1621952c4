import pytest

from workers.records.channels import CATALOGUE, extra_channel


@pytest.mark.parametrize(
    ("name", "modality", "title", "unit"),
    [
        ("prcu", "prcu", "Profile curvature", "1 / unit"),
        ("plcu_50", "plcu", "Planform curvature, 50 CRS units", "1 / unit"),
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
    assert [extra_channel(name) for name in ("tpi", "tpi_x", "rel_5", "shade", *(c.name for c in CATALOGUE))] == [
        None
    ] * 42
