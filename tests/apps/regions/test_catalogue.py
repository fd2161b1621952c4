import pytest
from django.apps import apps

from apps.annotations.catalogue import fill_map_units
from apps.annotations.models import MapUnit
from apps.regions.catalogue import fill_channels
from apps.regions.models import Channel

pytestmark = pytest.mark.django_db


def test_the_catalogue_is_there_after_a_migration() -> None:
    assert Channel.objects.count() == 38
    assert list(MapUnit.objects.values_list("symbol", flat=True)) == ["af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr"]


def test_what_is_missing_comes_back_and_what_was_changed_stays() -> None:
    Channel.objects.filter(name="dem").delete()
    Channel.objects.filter(name="s").update(title="Slope, ours")
    fill_channels(using="default", apps=apps)
    assert Channel.objects.get(name="dem").unit == "ft"
    assert Channel.objects.get(name="s").title == "Slope, ours"


def test_a_scale_that_stood_under_its_raw_name_gets_title_and_unit() -> None:
    about = {"modality": "s", "kind": "continuous"}
    for name, title in (("s_2", "s_2"), ("s_3", "Slope, ours"), ("texture", "texture")):
        Channel.objects.create(name=name, title=title, **about)
    fill_channels(using="default", apps=apps)
    assert list(Channel.objects.filter(position=38).values_list("title", "unit")) == [
        ("Slope, 2 ft", "degree"),
        ("Slope, ours", ""),
        ("texture", ""),
    ]


def test_a_colour_that_was_changed_stays() -> None:
    MapUnit.objects.filter(symbol="Qal").update(colour="#000000")
    MapUnit.objects.filter(symbol="Qc").delete()
    fill_map_units(using="default", apps=apps)
    assert MapUnit.objects.get(symbol="Qal").colour == "#000000"
    assert MapUnit.objects.get(symbol="Qc").mask_value == 5
