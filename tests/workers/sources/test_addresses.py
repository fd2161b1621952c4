import pytest

from workers.errors import InvalidInput, UnsafeInput
from workers.records.downloads import HostRule, read_host_rule
from workers.sources.addresses import LookupFailed, Place, checked_address, look_up, place_of

LISTED = (HostRule("tiles.example"), HostRule("mirror.local", 8080, private=True))


def address_of(url: str, *addresses: str) -> str:
    return checked_address(place_of(url), LISTED, lambda host, port: addresses)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("kyraster.ky.gov", HostRule("kyraster.ky.gov")),
        ("KyRaster.ky.gov.", HostRule("kyraster.ky.gov")),
        ("a.example:8443", HostRule("a.example", 8443)),
        ("private:mirror.local:8080", HostRule("mirror.local", 8080, private=True)),
        ("private:[::1]:8080", HostRule("::1", 8080, private=True)),
        ("kär.example", HostRule("xn--kr-via.example")),
    ],
)
def test_a_rule_is_read(text: str, rule: HostRule) -> None:
    assert read_host_rule(text) == rule


@pytest.mark.parametrize(
    "text", ["", "private:", "http://a.example", "a.example/x", "*.ky.gov", "a b", "u:p@a.example", "a:99999", "[::1"]
)
def test_nonsense_is_no_rule(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a host"):
        read_host_rule(text)


def test_a_url_is_taken_apart() -> None:
    assert place_of(" HTTPS://Tiles.Example./DEM/a b.tif?x=1#y ") == Place(
        "https", "tiles.example", 443, "/DEM/a%20b.tif?x=1"
    )
    assert place_of("http://mirror.local:8080").host_header == "mirror.local:8080"
    assert place_of("http://[::1]:81/a%20b").host_header == "[::1]:81"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://tiles.example/a.tif",
        "//tiles.example/a.tif",
        "/vsicurl/http://tiles.example/a.tif",
        "gopher://tiles.example",
        "http://user:secret@tiles.example/",
        "http://tiles.example\\@127.0.0.1/",
        "http://tiles.example\\a.tif",
        "http://tiles.example/\r\nHost: x",
        "http://tiles.example:0x50/",
        "http://[::1",
        "http:///a.tif",
        "http://tiles.example/" + "a" * 3000,
        "http://tiles.example/\ud800",
        "http://\xe9..\xe9/",
        "no url",
    ],
)
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(UnsafeInput, match="URL"):
        place_of(url)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(UnsafeInput) as caught:
        place_of("http://user:secret@tiles.example/")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/a.tif",
        "http://tiles.example.evil/a.tif",
        "http://tiles.example:8080/a.tif",
        "http://mirror.local/a.tif",
        "http://127.1/a.tif",
        "http://2130706433/a.tif",
        "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/a.tif",  # full-width digits
    ],
)
def test_a_host_or_port_that_is_not_listed_is_refused_before_it_is_looked_up(url: str) -> None:
    with pytest.raises(UnsafeInput, match="EARTHSCAPE_DOWNLOAD_HOSTS"):
        address_of(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.0.1",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "168.63.129.16",  # public, and where one cloud hands out keys
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "nonsense",
    ],
)
def test_no_address_but_a_public_one_is_reached(address: str) -> None:
    with pytest.raises(UnsafeInput, match="which is not one of the public internet"):
        address_of("https://tiles.example/a.tif", "8.8.8.8", address)


@pytest.mark.parametrize("address", ["8.8.8.8", "52.218.0.1", "2606:4700::1111"])
def test_a_public_address_is_the_one_to_connect_to(address: str) -> None:
    assert address_of("https://tiles.example/a.tif", address) == address


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fc00::1", "8.8.8.8"])
def test_a_host_marked_private_may_lie_in_the_operators_network(address: str) -> None:
    assert address_of("http://mirror.local:8080/a.tif", address) == address


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "0.0.0.0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "2001:0:a9fe:a9fe::",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
    ],
)
def test_even_a_private_host_is_not_where_clouds_hand_out_keys(address: str) -> None:
    with pytest.raises(UnsafeInput, match=r"mirror\.local has the address .*, which is not one of the public internet"):
        address_of("http://mirror.local:8080/a.tif", address)


def test_a_host_is_looked_up_once() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8" if len(asked) == 1 else "127.0.0.1"]

    assert checked_address(place_of("http://tiles.example/"), LISTED, rebinding) == "8.8.8.8"
    assert asked == ["tiles.example"]


def test_a_name_without_address_may_be_tried_again() -> None:
    with pytest.raises(LookupFailed, match=r"the name tiles\.example has no address"):
        address_of("http://tiles.example/")
    with pytest.raises(LookupFailed, match=r"the name no\.such\.host\.invalid cannot be looked up"):
        look_up("no.such.host.invalid", 80)
