from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Visibility
from apps.pages.region_report import ChannelReport, Published, findings
from apps.regions.models import Channel, Region, RegionRaster, Source
from apps.tiles.models import ChannelNorm
from tests.apps.worlds import World, make_region
from workers.records.channels import extra_channel
from workers.records.codec import to_data
from workers.records.quality import AreaDifference, AreaDifferences, Flaws, MapReport, Quality, Seam
from workers.records.wording import Wording

MakeRaster = Callable[..., RegionRaster]
RAMP = np.arange(1, 101, dtype=np.uint8).reshape(10, 10)


def reports(client: Client) -> dict[str, ChannelReport]:
    return {report.channel.name: report for report in client.get("/regions/hills/").context["reports"]}


def test_a_channel_is_told_with_its_range_and_its_histogram(
    client: Client,
    world: World,
    make_raster: MakeRaster,
) -> None:
    make_raster(world.region, "dem", RAMP)
    report = reports(client)["dem"]
    assert (report.valid_share, report.low, report.median, report.high) == (1.0, 2.98, 50.5, 98.02)
    assert report.outline.startswith("M0 20 V0.0H1 V0.0H2 V10.0H3 ")  # bins of two, two and one value
    assert report.outline.count("H") == 64
    said = client.get("/regions/hills/").content.decode()
    assert "Elevation" in said
    assert '<path d="M0 20 V0.0H1' in said


def test_the_published_statistics_stand_beside(
    client: Client,
    world: World,
    make_raster: MakeRaster,
) -> None:
    Region.objects.filter(pk=world.region.pk).update(crs="EPSG:3089", pixel_size=5.0)
    make_raster(world.region, "dem", RAMP)
    assert "Published mean" not in client.get("/regions/hills/").content.decode()
    warren = make_region("warren")
    ChannelNorm.objects.create(region=warren, dataset_version=world.version, channel_name="dem", mean=40.5, std=5.0)
    report = reports(client)["dem"]
    assert (report.published, report.shift) == (Published(40.5, 5.0), 2.0)
    text = client.get("/regions/hills/").content.decode()
    assert "Published mean" in text
    assert "+2.00" in text
    Region.objects.filter(pk=warren.pk).update(visibility=Visibility.PRIVATE)
    assert reports(client)["dem"].published is None


def test_what_is_measured_otherwise_has_no_published_statistics_beside_it(
    client: Client,
    world: World,
    make_raster: MakeRaster,
) -> None:
    warren, names = make_region("warren"), ("aerialr", "dem", "s", "ep_5x5")
    for name in names:
        make_raster(world.region, name, RAMP)
        about = {"dataset_version": world.version, "channel_name": name, "mean": 40.5, "std": 5.0}
        ChannelNorm.objects.create(region=warren, **about)
    shown = {}
    for crs, size in (("EPSG:26916", 1.0), ("EPSG:3089", 2.5), ("EPSG:3089", 5.0)):
        Region.objects.filter(pk=world.region.pk).update(crs=crs, pixel_size=size)
        shown[crs, size] = [name for name, report in reports(client).items() if report.published]
    assert list(shown.values()) == [["aerialr"], ["aerialr", "dem"], list(names)]


def test_a_region_in_metres_is_told_in_metres(client: Client, world: World, make_raster: MakeRaster) -> None:
    Region.objects.filter(pk=world.region.pk).update(crs="EPSG:26916", pixel_size=1.0)
    for name in ("s_100m", "s_20m", "ep_5x5", "s", "dem"):
        if extra := extra_channel(name):
            Channel.objects.create(**vars(extra))
        make_raster(world.region, name, RAMP)
    page = client.get("/regions/hills/")
    assert [(report.wording.title, report.wording.unit) for report in page.context["reports"]] == [
        ("Elevation", "m"),
        ("Slope, 1 m", "degree"),
        ("Slope, 20 m", "degree"),
        ("Slope, 100 m", "degree"),
        ("Elevation percentile, 5 x 5 px", "percent"),
    ]
    assert '<th scope="row" class="sticky">Elevation<span class="cell-note mono">dem</span></th><td>m</td>' in (
        said := page.content.decode()
    )
    assert "<dt>Pixel</dt><dd>1 m</dd>" in said


def test_the_map_lists_channels_in_the_units_of_their_region(
    client: Client, world: World, make_raster: MakeRaster
) -> None:
    make_raster(world.region, "s", RAMP)
    [region] = client.get("/").context["facts"]["regions"]
    assert region["channels"] == [{"name": "s", "title": "Slope, 1.95312 m", "modality": "s"}]


def test_what_deserves_a_look_is_said(
    client: Client,
    world: World,
    make_raster: MakeRaster,
) -> None:
    gap = RAMP.copy()
    gap[0] = 0
    make_raster(world.region, "dem", gap)
    make_raster(world.region, "s", np.full((10, 10), 7, np.uint8))
    make_raster(world.region, "prc", np.zeros((10, 10), np.uint8))
    make_raster(world.region, "plc", RAMP)
    assert client.get("/regions/hills/").context["findings"] == [
        "Elevation: 10.0 % of the grid has no value.",
        "Slope, 1.95312 m: every pixel has the value 7.",
        "Profile curvature, log-transformed, 1.95312 m: no pixel has a value.",
    ]


def test_a_channel_without_a_value_has_no_numbers() -> None:
    nothing: dict[str, Any] = {"valid_pixels": 0, "nodata_pixels": 0, "minimum": None, "mean": None}
    nothing |= {"percentiles": {}, "histogram": []}
    report = ChannelReport(Channel(kind="continuous"), Wording("Slope", ""), nothing, 1, None)
    assert (report.valid_share, report.low, report.shift) == (None, None, None)
    assert (report.has_range, report.outline) == (False, "")
    assert findings([report]) == ["Slope: no pixel has a value."]


def test_what_holds_for_many_channels_is_said_once() -> None:
    nothing: dict[str, Any] = {"valid_pixels": 90, "nodata_pixels": 10, "minimum": 1, "maximum": 2, "histogram": []}
    reports = [
        ChannelReport(Channel(kind="continuous"), Wording(f"Slope, {feet} ft", ""), nothing, 1, None)
        for feet in (5, 10, 20, 50)
    ]
    said = "10.0 % of the grid has no value."
    assert findings(reports) == [f"Slope, 5 ft; Slope, 10 ft; Slope, 20 ft and 1 more: {said}"]
    assert findings(reports[:2]) == [f"Slope, 5 ft; Slope, 10 ft: {said}"]


def test_sources_are_named_without_their_folders(client: Client, world: World) -> None:
    Source.objects.create(region=world.region, role="dem", path="/secret/place/dem.tif", sha256="a" * 64, size=2048)
    said = client.get("/regions/hills/").content.decode()
    assert "dem.tif" in said
    assert "/secret/place" not in said


def test_tiles_are_counted_by_dataset_version(client: Client, world: World) -> None:
    assert client.get("/regions/hills/").context["tiles"] == [("hills", 8)]


@pytest.mark.parametrize(("visibility", "status"), [("public", 200), ("private", 404)])
def test_a_private_region_is_not_there(client: Client, world: World, visibility: str, status: int) -> None:
    Region.objects.update(visibility=visibility)
    assert client.get("/regions/hills/").status_code == status


def test_an_unknown_region_is_not_there(client: Client, db: None) -> None:
    assert client.get("/regions/atlantis/").status_code == 404
    assert client.post("/regions/atlantis/").status_code == 405


def test_the_page_asks_five_times_however_many_channels(
    client: Client,
    world: World,
    make_raster: MakeRaster,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for name in ("dem", "s", "prc"):
        make_raster(world.region, name, RAMP)
    with django_assert_num_queries(5):
        client.get("/regions/hills/")


def test_the_quality_of_a_processed_region_is_told(client: Client, world: World, make_raster: MakeRaster) -> None:
    make_raster(world.region, "dem", RAMP)
    assert "Edges of source files" not in client.get("/regions/hills/").content.decode()
    seams = (
        Seam("dem", "<west>.tif", "step", 0.5, 0.1, (1.0, 2.0), (1.0, 90.0)),
        Seam("dem", "east.tif", "step", -0.9, 0.1, (1.0, 2.0), (1.0, 90.0)),
    )
    flaws = Flaws(2, 12.5, ((7.0, 8.0),))
    areas = AreaDifferences(3, (AreaDifference("a_256_50_1", "Qr", 0.75, 0.7),))
    quality = Quality(("Check the unit.",), seams, MapReport(9, Flaws(0, 0.0, ()), flaws, Flaws(0, 0.0, ())), areas)
    Region.objects.filter(pk=world.region.pk).update(quality=to_data(quality))
    answer = client.get("/regions/hills/")
    assert [seam.file for seam in answer.context["seams"]] == ["east.tif", "<west>.tif"]
    said = answer.content.decode()
    assert "&lt;west&gt;.tif" in said
    for words in (
        "Check the unit.",
        "2 of 12.5 square units together",
        "In 3 tiles the share of a class",
        "75.0 % by polygons",
    ):
        assert words in said, words
