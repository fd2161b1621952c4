import hashlib
import os
import threading
import time
from pathlib import Path
from typing import IO

import pytest

from workers.files import StageCache, checksum_of, describe_file, link_or_copy, sha256_of, write_text, written_whole


def test_a_checksum_is_that_of_the_whole_content(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "a.bin").write_bytes(content)
    assert sha256_of(tmp_path / "a.bin") == hashlib.sha256(content).hexdigest()


def test_a_file_is_described_relative_to_its_root(tmp_path: Path) -> None:
    write_text(tmp_path / "deep" / "a.txt", "abc")
    record = describe_file(tmp_path / "deep" / "a.txt", root=tmp_path)
    assert (record.path, record.size) == ("deep/a.txt", 3)
    assert record.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_checksum_of_a_record_does_not_depend_on_the_order_of_keys() -> None:
    assert checksum_of({"a": 1, "b": 2}) == checksum_of({"b": 2, "a": 1})
    assert checksum_of({"a": 1}) != checksum_of({"a": 2})


def write_half(path: Path) -> None:
    with written_whole(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError


def test_a_file_that_fails_half_way_leaves_the_old_one_and_no_trace(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(RuntimeError):
        write_half(tmp_path / "a.txt")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_temporary_name_keeps_the_suffix(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a.tif") as temporary:
        temporary.write_bytes(b"")
        assert (temporary.suffix, temporary.parent) == (".tif", tmp_path)


def make(folder: Path) -> None:
    (folder / "made.txt").write_text("made")


def test_a_stage_is_computed_once_for_the_same_inputs(tmp_path: Path) -> None:
    calls: list[Path] = []
    cache = StageCache(tmp_path)
    folders = [cache.folder("slope", {"window": 3}, lambda folder: calls.append(folder)) for _ in range(2)]
    assert (folders[0], len(calls)) == (folders[1], 1)
    assert cache.folder("slope", {"window": 5}, make) != folders[0]
    assert cache.folder("aspect", {"window": 3}, make) != folders[0]


def test_a_stage_that_fails_leaves_nothing_and_is_computed_again(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)

    def fail(folder: Path) -> None:
        make(folder)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.folder("slope", {}, fail)
    assert list((tmp_path / "slope").iterdir()) == []
    assert (cache.folder("slope", {}, make) / "made.txt").read_text() == "made"


def test_what_killed_processes_left_goes_after_two_days(tmp_path: Path) -> None:
    (tmp_path / "slope/.old").mkdir(parents=True)
    (tmp_path / "slope/.old/half.tif").write_text("half")
    (tmp_path / "slope/.old-but-in-work").mkdir()
    (tmp_path / "slope/.new").mkdir()
    kept = StageCache(tmp_path).folder("slope", {}, make)
    three_days_ago = time.time() - 3 * 24 * 3600
    for old in (".old/half.tif", ".old", ".old-but-in-work", kept.name):
        os.utime(tmp_path / "slope" / old, (three_days_ago, three_days_ago))
    (tmp_path / "slope/.old-but-in-work/now.tif").write_text("now")
    os.utime(tmp_path / "slope/.old-but-in-work", (three_days_ago, three_days_ago))
    StageCache(tmp_path).sweep()
    left = sorted(path.name for path in (tmp_path / "slope").iterdir())
    assert left == sorted([".new", ".old-but-in-work", kept.name])


def test_two_workers_at_the_same_stage_get_the_same_folder(tmp_path: Path) -> None:
    barrier = threading.Barrier(2, timeout=10)
    found: list[Path] = []

    def compute(folder: Path) -> None:
        make(folder)
        barrier.wait()

    threads = [
        threading.Thread(target=lambda: found.append(StageCache(tmp_path).folder("slope", {}, compute)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "slope").iterdir()] == [found[0].name]


def test_a_second_name_has_the_same_content(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "abc")
    link_or_copy(tmp_path / "a.txt", tmp_path / "deep" / "b.txt")
    assert (tmp_path / "deep" / "b.txt").read_text() == "abc"


def refuse_links(source: Path, target: Path) -> None:
    if target.exists():
        raise FileExistsError(target)
    raise OSError("this file system has no links")


@pytest.mark.parametrize("links", [True, False])
def test_a_second_name_takes_no_place_of_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr("os.link", refuse_links)
    write_text(tmp_path / "a.txt", "abc")
    write_text(tmp_path / "b.txt", "of someone else")
    with pytest.raises(FileExistsError):
        link_or_copy(tmp_path / "a.txt", tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_text() == "of someone else"


def test_where_there_are_no_links_it_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.link", refuse_links)
    write_text(tmp_path / "a.txt", "abc")
    link_or_copy(tmp_path / "a.txt", tmp_path / "b.txt")
    write_text(tmp_path / "a.txt", "changed")
    assert (tmp_path / "b.txt").read_text() == "abc"


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(stream: object, copy: IO[bytes], length: int) -> None:
        copy.write(b"ab")
        raise OSError("no space left")

    monkeypatch.setattr("os.link", refuse_links)
    monkeypatch.setattr("shutil.copyfileobj", fail)
    write_text(tmp_path / "a.txt", "abc")
    with pytest.raises(OSError, match="no space left"):
        link_or_copy(tmp_path / "a.txt", tmp_path / "b.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
