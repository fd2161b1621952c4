"""A disk that fills while files arrive; only how much of it is free is made up."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.workers.sources.fetching import BODY, Fetched
from tests.workers.sources.served import Server, Visit, whole
from workers.errors import StoreUnavailable
from workers.sources.archives import Taking, unpack
from workers.sources.room import KEPT_FREE, LOOK_EVERY, Room

FULL = "there is no room in the store for more; its operator can make some"


class Usage(NamedTuple):
    free: int


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the disk have so many bytes free at the first look and so on, and at all later ones the last."""

    def answer(*sizes: int) -> None:
        waiting = list(sizes)
        monkeypatch.setattr(
            shutil, "disk_usage", lambda path: Usage(waiting.pop(0) if len(waiting) > 1 else waiting[0])
        )

    return answer


def test_256_mib_are_left(free: Callable[..., None], tmp_path: Path) -> None:
    free(KEPT_FREE + 1000)
    Room(tmp_path).check(1000)
    with pytest.raises(StoreUnavailable, match="no room in the store for its 1,001 bytes"):
        Room(tmp_path).check(1001)


def test_the_disk_is_looked_at_every_16_mib(free: Callable[..., None], tmp_path: Path) -> None:
    free(0)
    room = Room(tmp_path)
    room.take(LOOK_EVERY - 1)
    with pytest.raises(StoreUnavailable, match=FULL):
        room.take(1)


def test_a_length_that_nobody_announced_fills_no_disk(
    server: Server, fetched: Fetched, free: Callable[..., None]
) -> None:
    def without(visit: Visit) -> None:
        visit.head(200)
        for _ in range(80):
            visit.wfile.write(BODY)  # 41 MB in all

    free(0)
    with pytest.raises(StoreUnavailable, match=rf"tile N1E2: .*/a\.tif: {FULL}"):
        fetched(server.serve("/a.tif", without))
    assert 0 < fetched.counts[-1][0] <= LOOK_EVERY
    assert fetched.left == []


def test_what_others_write_meanwhile_counts(server: Server, fetched: Fetched, free: Callable[..., None]) -> None:
    body = BODY * 40  # 20 MB
    free(len(body) + KEPT_FREE, KEPT_FREE - 1)
    with pytest.raises(StoreUnavailable, match=FULL):
        fetched(server.serve("/a.tif", whole(body)))
    assert fetched.left == []


def test_what_is_announced_and_has_no_room_is_not_begun(
    server: Server, fetched: Fetched, free: Callable[..., None]
) -> None:
    free(KEPT_FREE + 511_999)
    with pytest.raises(StoreUnavailable, match="no room in the store for its 512,000 bytes"):
        fetched(server.serve("/a.tif", whole(BODY)))
    assert fetched.counts == []


def taken_from(path: Path, content: bytes) -> list[Path]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("a.tif", content)
    path.write_bytes(packed.getvalue())
    return unpack(path, path.with_name("taken"), Taking((".tif",), 1 << 30), stem="made", check=lambda: None)


def test_an_archive_that_has_no_room_unpacked_is_not_begun(free: Callable[..., None], tmp_path: Path) -> None:
    free(KEPT_FREE + 999)
    with pytest.raises(StoreUnavailable, match="no room in the store for its 1,000 bytes"):
        taken_from(tmp_path / "a.zip", bytes(1000))
    assert not (tmp_path / "taken").exists()


def test_a_disk_that_fills_while_an_archive_is_unpacked_stops_it(free: Callable[..., None], tmp_path: Path) -> None:
    content = BODY * 40
    free(KEPT_FREE + len(content), 0)
    with pytest.raises(StoreUnavailable, match=FULL):
        taken_from(tmp_path / "a.zip", content)
    assert (tmp_path / "taken" / "made-1.tif").stat().st_size < LOOK_EVERY
