"""Zips of all kinds that people make by mistake or on purpose; each is made here."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.errors import BrokenFile, Cancelled, InvalidInput, StoreUnavailable, UnsafeInput
from workers.sources.archives import Taking, unpack

RASTERS = Taking((".tif", ".tiff"), 100 << 20)
VECTORS = Taking((".gpkg", ".shp"), 100 << 20)
Member = tuple[str | zipfile.ZipInfo, bytes]


class Unpacking:
    def __init__(self, folder: Path) -> None:
        self.archive = folder / "a.zip"
        self.folder = folder / "taken"

    def make(self, *members: Member, method: int = zipfile.ZIP_DEFLATED) -> None:
        with zipfile.ZipFile(self.archive, "w", method) as target:
            for name, content in members:
                target.writestr(name, content)

    def patch(self, before: bytes, after: bytes) -> None:
        found = self.archive.read_bytes()
        assert before in found
        self.archive.write_bytes(found.replace(before, after))

    def __call__(self, taking: Taking = RASTERS, check: Callable[[], None] = lambda: None) -> list[str]:
        return [path.name for path in unpack(self.archive, self.folder, taking, stem="made", check=check)]

    @property
    def written(self) -> list[str]:
        """Return all files that there are, also where none should be."""
        return sorted(str(path.relative_to(self.archive.parent)) for path in self.archive.parent.rglob("*.*"))


@pytest.fixture
def unpacking(tmp_path: Path) -> Unpacking:
    (tmp_path / "in").mkdir()
    return Unpacking(tmp_path / "in")


def test_only_rasters_are_taken_under_made_names_in_the_order_of_theirs(unpacking: Unpacking) -> None:
    unpacking.make(
        ("x/", b""), ("x/two.TIF", b"2"), ("read me.txt", b"-"), ("a.tiff", b"1"), ("__MACOSX/a.tiff", b"-"),
        ("x/._two.tif", b"-"),
        ("x/two.tif.ovr", b"<VRTDataset/>"), ("x/two.tfw", b"-"),
    )  # fmt: skip
    assert unpacking() == ["made-1.tiff", "made-2.tif"]
    assert unpacking.written == ["a.zip", "taken/made-1.tiff", "taken/made-2.tif"]
    assert (unpacking.folder / "made-1.tiff").read_bytes() == b"1"


def test_a_shapefile_is_taken_whole(unpacking: Unpacking) -> None:
    unpacking.make(("a/map.shp", b"1"), ("a/map.dbf", b"2"), ("a/map.shx", b"3"), ("b.gpkg", b"4"), ("a/map.xml", b""))
    assert unpacking(VECTORS) == ["made-1.shp", "made-2.gpkg"]
    assert unpacking.written[1:] == ["taken/made-1.dbf", "taken/made-1.shp", "taken/made-1.shx", "taken/made-2.gpkg"]


def test_a_zip_without_rasters_is_told(unpacking: Unpacking) -> None:
    unpacking.make(("a.txt", b"x"))
    with pytest.raises(BrokenFile, match=r"a\.zip: holds no file that ends in \.tif, \.tiff"):
        unpacking()


def link(mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("b.tif")
    info.external_attr = mode << 16
    return info


def inner() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("c.tif", b"x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (("../b.tif", b"x"), "leads out of the folder"),
        (("x/../../b.tif", b"x"), "leads out of the folder"),
        (("/etc/b.tif", b"x"), "leads out of the folder"),
        (("..\\b.tif", b"x"), "leads out of the folder"),
        (("C:/b.tif", b"x"), "leads out of the folder"),
        ((link(stat.S_IFLNK | 0o777), b"/etc/passwd"), "is a link or no file"),
        ((link(stat.S_IFIFO | 0o666), b""), "is a link or no file"),
        ((link(stat.S_IFCHR | 0o666), b""), "is a link or no file"),
        (("b.zip", inner()), "is an archive itself"),
        (("b.tar", b"x"), "is an archive itself"),
        (("b.tif", bytes(50 << 20)), "is packed more than 400 to 1"),
        (("A.TIF", b"x"), "holds 'a.tif' more than once"),
    ],
)
def test_an_odd_member_and_nothing_is_taken(unpacking: Unpacking, member: Member, reason: str) -> None:
    unpacking.make(("a.tif", b"x"), member)
    with pytest.raises(UnsafeInput, match=reason):
        unpacking()
    assert unpacking.written == ["a.zip"]


def test_a_null_character_does_not_hide_the_end_of_a_name(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif_.txt", b"x"))
    unpacking.patch(b"a.tif_.txt", b"a.tif\0.txt")
    with pytest.raises(UnsafeInput, match="leads out of the folder"):
        unpacking()


def test_an_encrypted_member_is_refused(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif", b"x"), method=zipfile.ZIP_STORED)
    unpacking.patch(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    with pytest.raises(UnsafeInput, match="is encrypted"):
        unpacking()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_reaches_higher_ratios_is_refused(unpacking: Unpacking, method: int) -> None:
    unpacking.make(("a.tif", b"x"), method=method)
    with pytest.raises(UnsafeInput, match="packed in a way"):
        unpacking()


def test_sixty_five_thousand_members_are_too_many(unpacking: Unpacking) -> None:
    unpacking.make(*((f"{number}.tif", b"") for number in range(65_000)), method=zipfile.ZIP_STORED)
    with pytest.raises(UnsafeInput, match="holds 65,000 members, more than 10,000"):
        unpacking()


def test_a_directory_of_many_megabytes_is_not_read(unpacking: Unpacking) -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *[0] * 7, 8, *[0] * 6)
    directory = b"".join(entry + b"%08d" % number for number in range(80_000))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(directory), 30, 0)  # it speaks of one member
    unpacking.archive.write_bytes(b"PK\3\4" + bytes(26) + directory + end)
    with pytest.raises(UnsafeInput, match=r"a\.zip: its directory has 4,320,000 bytes, more than 4,194,304"):
        unpacking()


def test_more_bytes_than_allowed_are_refused_before_unpacking(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif", bytes(600)), ("b.txt", bytes(600)))
    with pytest.raises(UnsafeInput, match="more than 1,000 bytes when unpacked"):
        unpacking(Taking((".tif",), 1000))
    assert unpacking.written == ["a.zip"]


def test_members_over_one_another_are_refused(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif", bytes(range(256)) * 4), ("b.tif", b"x"), method=zipfile.ZIP_STORED)
    directory = unpacking.archive.read_bytes().index(b"PK\x01\x02")
    second = unpacking.archive.read_bytes().index(b"PK\x01\x02", directory + 4)
    found = bytearray(unpacking.archive.read_bytes())
    found[second + 20 : second + 28] = struct.pack("<II", 1024, 1024)  # as large as the first, which begins at 0
    found[second + 42 : second + 46] = struct.pack("<I", 0)
    unpacking.archive.write_bytes(found)
    with pytest.raises(UnsafeInput, match="lie over one another"):
        unpacking()


def test_a_member_before_the_beginning_is_refused(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif", b"x"))
    found = bytearray(unpacking.archive.read_bytes())
    found[-6:-2] = struct.pack("<I", struct.unpack("<I", found[-6:-2])[0] + 100)  # where the directory would begin
    unpacking.archive.write_bytes(found)
    with pytest.raises(UnsafeInput, match=r"a\.zip: its member 'a\.tif' lies before the archive begins"):
        unpacking()


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (10, r"a\.zip: is not a zip that can be read: Bad CRC-32 for file 'a\.tif'"),
        (200_000, r"a\.tif: ends 97,600 bytes before its declared size"),
    ],
)
def test_a_lie_about_the_size_of_a_member_is_caught(unpacking: Unpacking, declared: int, told: str) -> None:
    unpacking.make(("a.tif", bytes(range(256)) * 400))
    unpacking.patch(struct.pack("<I", 102_400), struct.pack("<I", declared))
    with pytest.raises(BrokenFile, match=told):
        unpacking()


def test_a_flipped_bit_is_caught(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif", b"abcdefgh"), method=zipfile.ZIP_STORED)
    unpacking.patch(b"abcd", b"abcx")
    with pytest.raises(BrokenFile, match="Bad CRC-32"):
        unpacking()


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"PK\3\4" + bytes(1000), b"II*\0"])
def test_what_is_no_zip_is_told(unpacking: Unpacking, content: bytes) -> None:
    unpacking.archive.write_bytes(content)
    with pytest.raises(BrokenFile, match="is not a zip that can be read"):
        unpacking()


def test_a_cut_off_zip_is_told(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif", bytes(range(256))))
    unpacking.archive.write_bytes(unpacking.archive.read_bytes()[:-30])
    with pytest.raises(BrokenFile, match=r"a\.zip: is not a zip that can be read: File is not a zip file"):
        unpacking()


def test_a_folder_that_cannot_be_written_is_told(unpacking: Unpacking) -> None:
    unpacking.make(("a.tif", b"x"))
    unpacking.folder.write_text("a file where the folder should be")
    with pytest.raises(StoreUnavailable, match=r"a\.zip: cannot be unpacked: File exists"):
        unpacking()


def test_unpacking_stops_when_asked(unpacking: Unpacking) -> None:
    def stop() -> None:
        raise Cancelled("stopped")

    unpacking.make(("a.tif", b"x"))
    with pytest.raises(Cancelled):
        unpacking(check=stop)


def test_a_raster_with_a_mask_beside_it_is_refused(unpacking: Unpacking) -> None:
    unpacking.make(("x/dem.tif", b"1"), ("x/dem.tif.msk", b"2"))
    with pytest.raises(InvalidInput, match=r"a\.zip: holds x/dem\.tif with a mask beside it, which is not opened"):
        unpacking()
    assert unpacking.written == ["a.zip"]
