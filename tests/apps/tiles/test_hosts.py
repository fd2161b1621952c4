import pytest
from pytest_django import Settings

from apps.tiles.hosts import check_hosts, hosts_line, hosts_missing, hosts_needed
from workers.errors import InvalidInput
from workers.records.downloads import HostRule
from workers.records.regions import GridSpec, RasterSource, RegionSpec, TileIndexSource, UrlField, VectorSource
from workers.records.services import ServiceSource

INDEX = "https://maps.example/Tiles/MapServer"


def asking(roads: str, *, index: str = INDEX) -> RegionSpec:
    tiles = TileIndexSource("Tile", (UrlField("Url"),), service=ServiceSource("arcgis", index, (0,)))
    return RegionSpec(
        slug="hollow",
        name="Hollow",
        area="Hollow",
        grid=GridSpec("EPSG:3089", 5.0),
        dem=RasterSource(bands=("dem",), index=tiles),
        streams=VectorSource(("streams.gpkg",)),
        roads=VectorSource(service=ServiceSource("overpass", roads)),
    )


def test_a_host_is_named_once_with_all_that_is_asked_there(settings: Settings) -> None:
    needed = hosts_needed(asking("https://MAPS.example:443/api"))
    assert [(str(need), need.purpose) for need in needed] == [("maps.example", "index of elevation, roads")]
    needed = hosts_needed(asking("http://[::1]:8080/api"))
    assert [(str(need), need.purpose) for need in needed] == [
        ("maps.example", "index of elevation"),
        ("[::1]:8080", "roads"),
    ]


def test_where_the_sites_own_index_leads_is_needed_too(settings: Settings) -> None:
    settings.EARTHSCAPE_SOURCES = {"dem": INDEX}
    settings.EARTHSCAPE_SOURCE_FILE_HOSTS = ["files.example", "private:mirror.local:8080"]
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("maps.example"),)
    missing = hosts_missing(asking("https://maps.example/api"))
    assert [(str(need), need.purpose) for need in missing] == [
        ("files.example", "files of elevation"),
        ("private:mirror.local:8080", "files of elevation"),
    ]
    assert hosts_line(missing) == 'EARTHSCAPE_DOWNLOAD_HOSTS="maps.example, files.example, private:mirror.local:8080"'


@pytest.mark.parametrize(
    ("rule", "url", "listed"),
    [
        (HostRule("a.example"), "http://a.example/api", True),
        (HostRule("a.example", 80), "http://a.example/api", True),
        (HostRule("a.example", 80), "https://a.example/api", False),
        (HostRule("a.example"), "https://a.example:8443/api", False),
        (HostRule("a.example", 8443, private=True), "https://a.example:8443/api", True),
    ],
)
def test_a_rule_is_about_host_and_port(settings: Settings, rule: HostRule, url: str, listed: bool) -> None:
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("maps.example"), rule)
    assert (hosts_missing(asking(url)) == []) == listed


def test_what_is_missing_is_told_with_the_setting(settings: Settings) -> None:
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("maps.example"),)
    check_hosts(asking("https://maps.example/api"))
    with pytest.raises(InvalidInput) as caught:
        check_hosts(asking("https://roads.example:8443/api"))
    assert str(caught.value) == (
        "specification: may not be asked yet: roads.example:8443 (roads). "
        "The operator adds what is missing to EARTHSCAPE_DOWNLOAD_HOSTS and starts the site again."
    )


@pytest.mark.parametrize("url", ["ftp://a.example/api", "roads", "https:///api", "http://[::1", "http://a:99999/"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"specification\.roads: '.*' is not a URL"):
        check_hosts(asking(url))
