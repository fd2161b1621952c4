"""Many files from a real server: at once, kept, stopped, and what is told of the one that fails."""

import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workers.sources.served import Server, Visit, allowing, broken_off, ranged, status, whole
from workers.errors import (
    BrokenFile,
    Cancelled,
    DownloadFailed,
    InvalidInput,
    LimitExceeded,
    StoreUnavailable,
    UnsafeInput,
)
from workers.sources.downloads import download_all, made_name
from workers.sources.fetch import Wanted
from workers.sources.kept import Kept, Kind
from workers.sources.tally import Arrived

TIFF = b"II*\0" + bytes(range(256)) * 1000  # 256,004 bytes


def accept(path: Path) -> None:
    """Any file will do."""


class Downloading:
    def __init__(self, server: Server, store: Path) -> None:
        self.server = server
        self.store = store
        self.told: list[Arrived] = []

    def __call__(
        self,
        *wanted: Wanted | str,
        check: Callable[[Path], None] = accept,
        tell: Callable[[Arrived], None] | None = None,
        **limits: float,
    ) -> list[Kept]:
        return download_all(
            [Wanted(each, tile=f"T{number}") if isinstance(each, str) else each for number, each in enumerate(wanted)],
            Kind("raster", {b"II*\0": ".tif"}, check),
            allowing(self.server, self.store, **limits),
            tell or self.told.append,
        )

    def folder_of(self, url: str) -> Path:
        return self.store / hashlib.sha256(url.encode()).hexdigest() / "raster"


@pytest.fixture
def download(server: Server, tmp_path: Path) -> Downloading:
    return Downloading(server, tmp_path / "downloads")


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, content in members.items():
            target.writestr(name.replace("_tif", ".tif"), content)
    return packed.getvalue()


def test_files_are_kept_in_a_folder_named_by_their_url(server: Server, download: Downloading) -> None:
    url = server.serve("/dem/N158E178%202014.tif", whole(TIFF))
    [kept] = download(url)
    [path] = kept.paths
    assert path == download.folder_of(url) / hashlib.sha256(TIFF).hexdigest() / "N158E178-2014.tif"
    assert path.read_bytes() == TIFF
    assert (kept.files[0].size, kept.files[0].sha256) == (256_004, hashlib.sha256(TIFF).hexdigest())
    assert sorted(found.name for found in download.folder_of(url).iterdir()) == [path.parent.name, "about.json", "lock"]


def test_nothing_is_downloaded_twice(server: Server, download: Downloading) -> None:
    url = server.serve("/a.tif", whole(TIFF))
    assert download(url) == download(url)
    assert len(server.visits) == 1
    assert download.told[-1] == Arrived(files=1, begun=1, of=1, size=256_004, announced=256_004)


def test_two_jobs_do_not_download_the_same_at_once(server: Server, download: Downloading) -> None:
    begun, going_on = threading.Event(), threading.Event()

    def slow(visit: Visit) -> None:
        visit.head(200, Content_Length=len(TIFF))
        begun.set()
        assert going_on.wait(20)
        visit.wfile.write(TIFF)

    url = server.serve("/a.tif", slow)
    found: list[list[Kept]] = []
    jobs = [threading.Thread(target=lambda: found.append(download(url))) for _ in range(2)]
    for job in jobs:
        job.start()
    assert begun.wait(20)
    going_on.set()
    for job in jobs:
        job.join(20)
    assert found[0] == found[1]
    assert len(server.visits) == 1


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_bytes(b"cut off")])
def test_a_file_that_was_lost_is_downloaded_again(
    server: Server, download: Downloading, lose: Callable[[Path], object]
) -> None:
    url = server.serve("/a.tif", whole(TIFF))
    lose(download(url)[0].paths[0])
    assert download(url)[0].paths[0].read_bytes() == TIFF


def test_another_checksum_in_the_index_asks_for_another_file_and_leaves_the_old_one(
    server: Server, download: Downloading
) -> None:
    new = TIFF + b"new"
    url = server.serve("/a.tif", whole(TIFF), whole(new))
    [old] = download(url)
    [kept] = download(Wanted(url, sha256=hashlib.sha256(new).hexdigest()))
    assert (kept.paths[0].read_bytes(), old.paths[0].read_bytes()) == (new, TIFF)


def test_a_file_that_another_job_may_be_reading_is_not_replaced(server: Server, download: Downloading) -> None:
    new = TIFF + b"new"
    url = server.serve("/a.tif", whole(TIFF), whole(new), whole(TIFF))
    [path] = download(url)[0].paths
    before = path.stat().st_ino
    for body in (new, TIFF):
        download(Wanted(url, sha256=hashlib.sha256(body).hexdigest()))
    assert path.stat().st_ino == before


def test_what_a_killed_process_has_half_taken_is_removed(server: Server, download: Downloading) -> None:
    url = server.serve("/a.tif", whole(TIFF))
    left = download.folder_of(url) / ".0a1b2c3d"
    left.mkdir(parents=True)
    (left / "a.tif").write_bytes(TIFF)
    download(url)
    assert not left.exists()


def test_several_are_downloaded_at_once(server: Server, download: Downloading) -> None:
    together = threading.Barrier(3)

    def meeting(visit: Visit) -> None:
        together.wait(20)
        whole(TIFF)(visit)

    urls = [server.serve(f"/{number}.tif", meeting) for number in range(6)]
    assert [kept.paths[0].name for kept in download(*urls, at_once=3)] == [f"{number}.tif" for number in range(6)]


def test_bytes_are_told_while_they_arrive(server: Server, download: Downloading) -> None:
    halfway = threading.Event()

    def slow(visit: Visit) -> None:
        visit.head(200, Content_Length=len(TIFF))
        visit.wfile.write(TIFF[:131_072])
        assert halfway.wait(20)
        visit.wfile.write(TIFF[131_072:])

    def tell(arrived: Arrived) -> None:
        download.told.append(arrived)
        if arrived == Arrived(files=1, begun=2, of=2, size=131_076, announced=256_008):
            halfway.set()

    small = server.serve("/b.tif", whole(b"II*\0"))
    download(server.serve("/a.tif", slow), small, tell=tell)
    assert halfway.is_set()
    assert download.told[-1] == Arrived(files=2, begun=2, of=2, size=256_008, announced=256_008)


def test_a_cancel_stops_all_at_once_and_the_next_try_goes_on(server: Server, download: Downloading) -> None:
    waiting = threading.Barrier(3)

    def silent(visit: Visit) -> None:
        visit.head(200, Content_Length=len(TIFF), ETag='"one"')
        visit.wfile.write(TIFF[:131_072])
        waiting.wait(20)
        server.released.wait(60)

    def tell(arrived: Arrived) -> None:
        if arrived.size == 262_144:
            cancelled_at.append(time.monotonic())
            raise Cancelled("asked to stop")

    cancelled_at: list[float] = []
    urls = [server.serve(f"/{name}.tif", silent, ranged(TIFF)) for name in ("a", "b")]
    released = threading.Thread(target=waiting.wait)
    released.start()
    with pytest.raises(Cancelled):
        download(*urls, tell=tell, silence=60.0)
    assert time.monotonic() - cancelled_at[0] < 1.5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("download")]
    released.join(20)
    assert [kept.paths[0].read_bytes() for kept in download(*urls)] == [TIFF, TIFF]
    assert sorted(map(str, server.asked("Range"))) == ["None", "None", "bytes=131072-", "bytes=131072-"]


def test_all_files_that_cannot_be_had_are_told_and_the_others_kept(server: Server, download: Downloading) -> None:
    page = whole(b"<html>sign in</html>", Content_Type="text/html")
    urls = [
        server.serve("/a.tif", status(404)),
        server.serve("/b.tif", whole(TIFF)),
        server.serve("/c.tif", page),
        server.serve("/d.tif", whole(TIFF)),
    ]
    told = (
        f"^2 of 4 files cannot be had:\n"
        f"- tile T0: {urls[0]}: the server answers 404 Not Found\n"
        f"- tile T2: {urls[2]}: the server sent a web page, not a file$"
    )
    with pytest.raises(DownloadFailed, match=told):
        download(*urls, at_once=1)
    assert len(server.visits) == 4
    download(urls[1], urls[3])
    assert len(server.visits) == 4


def test_one_file_that_cannot_be_had_is_told_alone(server: Server, download: Downloading) -> None:
    gone = server.serve("/b.tif", status(404))
    with pytest.raises(DownloadFailed, match=f"^tile T1: {gone}: the server answers 404 Not Found$"):
        download(server.serve("/a.tif", whole(TIFF)), gone)


def test_the_twentieth_file_that_cannot_be_had_stops_the_others(server: Server, download: Downloading) -> None:
    urls = [server.serve(f"/{number}.tif", status(404)) for number in range(40)]
    with pytest.raises(DownloadFailed, match=r"^20 of 40 files cannot be had; not all were tried:\n- tile T0: "):
        download(*urls, at_once=1)
    assert len(server.visits) < 25


def test_a_file_that_is_refused_stops_the_others_at_once(server: Server, download: Downloading) -> None:
    silent = server.serve("/a.tif", lambda visit: server.released.wait(60))
    unsafe = server.serve("/b.tif", whole(b"\x89PNG\r\n"))
    with pytest.raises(UnsafeInput, match=f"tile T1: {unsafe}: what the server sent is neither"):
        download(silent, unsafe, silence=60.0)


def test_an_unlisted_host_among_many_and_nothing_is_asked(server: Server, download: Downloading) -> None:
    listed = server.serve("/a.tif", whole(TIFF))
    with pytest.raises(UnsafeInput, match=r"tile T1: .*/b\.tif: evil\.example is not among the hosts"):
        download(listed, "http://evil.example/b.tif")
    assert server.visits == []


def test_rasters_are_taken_from_a_zip(server: Server, download: Downloading) -> None:
    body = zipped(b_tif=TIFF + b"b", a_tif=TIFF, readme=b"-")
    [kept] = download(server.serve("/shared/x1.zip", whole(body)))
    assert [path.name for path in kept.paths] == ["x1-1.tif", "x1-2.tif"]
    assert [path.read_bytes() for path in kept.paths] == [TIFF, TIFF + b"b"]
    assert not list(kept.folder.parent.glob("**/*.zip")) + list(kept.folder.parent.glob("download*"))


def test_a_zip_with_anything_odd_names_tile_and_url(server: Server, download: Downloading) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("../a.tif", TIFF)
    url = server.serve("/x.zip", whole(packed.getvalue()))
    with pytest.raises(UnsafeInput, match=rf"tile T0: {url}: download: its member '\.\./a\.tif' leads out"):
        download(url)
    assert sorted(path.name for path in download.folder_of(url).iterdir()) == ["lock"]


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"\x89PNG\r\n", b"", b"<VRTDataset/>", b"II*"])
def test_what_is_no_raster_is_refused_whatever_its_name(server: Server, download: Downloading, body: bytes) -> None:
    url = server.serve("/a.tif", whole(body, Content_Type="image/tiff"))
    with pytest.raises(UnsafeInput, match=f"tile T0: {url}: what the server sent is neither a zip nor a raster"):
        download(url)


def test_a_file_that_does_not_pass_its_check_is_not_kept(server: Server, download: Downloading) -> None:
    def refuse(path: Path) -> None:
        raise BrokenFile(path.name, "is cut off")

    url = server.serve("/a.tif", whole(TIFF))
    with pytest.raises(InvalidInput, match=rf"tile T0: {url}: a\.tif: is cut off"):
        download(url, check=refuse)
    download(url)
    assert len(server.visits) == 2


def test_all_files_together_have_a_limit(server: Server, download: Downloading) -> None:
    urls = [server.serve(f"/{number}.tif", whole(TIFF)) for number in range(4)]
    with pytest.raises(LimitExceeded, match="may have 600,000 bytes in all"):
        download(*urls, most=600_000)


def test_a_store_that_cannot_be_written_is_told(server: Server, download: Downloading) -> None:
    download.store.write_text("a file where the folder should be")
    with pytest.raises(StoreUnavailable, match="the folder for downloads cannot be written: Not a directory"):
        download(server.serve("/a.tif", whole(TIFF)))


def test_a_break_in_the_middle_of_many_is_gone_on_from(server: Server, download: Downloading) -> None:
    urls = [server.serve(f"/{number}.tif", broken_off(TIFF, 100_000), ranged(TIFF)) for number in range(4)]
    assert {kept.files[0].sha256 for kept in download(*urls)} == {hashlib.sha256(TIFF).hexdigest()}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://x/dem/N158E178_2014_DEM_Phase1_cog.tif", "N158E178_2014_DEM_Phase1_cog"),
        ("http://x/shared/static/eruod0w.zip?key=1", "eruod0w"),
        ("http://x/%2e%2e%2f%2e%2e%2fetc%2fpasswd.tif", "etc-passwd"),
        ("http://x/..", "download"),
        ("http://x/.htaccess", "htaccess"),
        ("http://x/a\0b;rm -rf.tif", "a-b-rm--rf"),
        ("http://x", "x"),
        ("http://x/" + "a" * 300, "a" * 80),
    ],
)
def test_a_name_is_made_of_harmless_signs(url: str, name: str) -> None:
    assert made_name(url) == name
