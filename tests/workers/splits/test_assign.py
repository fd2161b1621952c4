import csv
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workers.errors import BrokenFile, Cancelled, InvalidInput
from workers.records.progress import ignore_progress
from workers.splits.assign import choose, make_split, read_candidates
from workers.splits.checksum import checksum_of

DATA = Path(__file__).parents[4] / "shared/data/earthscape-v1.0"
SPEC = {"tiles": "tiles.csv", "seed": 7, "test_size": 6, "val_size": 3, "cross_size": 4}


def write_tiles(folder: Path, *, across: int = 20, within: int = 400) -> None:
    """Tiles of 2 with step 1 on a square lattice, ids from 1, those across the domain in another coordinate system."""
    with (folder / "tiles.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("tile", "patch_id", "domain", "left", "bottom", "right", "top", "crs"))
        for number in range(within + across):
            domain = "in" if number < within else "cross"
            x, y = divmod(number, 20)
            writer.writerow((number + 1, f"made_{number + 1}", domain, x, y, x + 2, y + 2, f"EPSG:{domain}"))


def members_of(folder: Path) -> dict[str, set[int]]:
    with (folder / "members.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        name: {int(row["tile"]) for row in rows if row["subset"] == name}
        for name in ("train", "val", "test_id", "test_cd")
    }


def test_the_split_has_its_sizes_and_nothing_overlaps_across_subsets(tmp_path: Path) -> None:
    write_tiles(tmp_path)
    result = make_split(SPEC, tmp_path, ignore_progress)
    members = members_of(tmp_path)
    place = {tile: divmod(tile - 1, 20) for tile in members["train"] | members["val"] | members["test_id"]}
    for first, second in (("train", "val"), ("train", "test_id"), ("val", "test_id")):
        for one in members[first]:
            for other in members[second]:
                (x, y), (u, v) = place[one], place[other]
                assert abs(x - u) >= 2 or abs(y - v) >= 2
    assert result.sizes == {name: len(tiles) for name, tiles in members.items()}
    assert (result.sizes["test_id"], result.sizes["val"], result.sizes["test_cd"]) == (6, 3, 4)
    assert sum(result.sizes.values()) + result.dropped == 404  # 16 of the 420 tiles lie across and are not chosen
    assert min(members["test_cd"]) > 400


def test_every_tile_that_overlaps_nothing_chosen_is_trained_on(tmp_path: Path) -> None:
    write_tiles(tmp_path)
    make_split(SPEC, tmp_path, ignore_progress)
    members = members_of(tmp_path)
    chosen = [divmod(tile - 1, 20) for tile in members["test_id"] | members["val"]]
    for tile in range(1, 401):
        x, y = divmod(tile - 1, 20)
        free = all(abs(x - u) >= 2 or abs(y - v) >= 2 for u, v in chosen)
        assert (tile in members["train"]) == free


def test_validation_is_chosen_with_the_same_seed_from_what_the_test_leaves(tmp_path: Path) -> None:
    write_tiles(tmp_path)
    make_split(SPEC, tmp_path, ignore_progress)
    members = members_of(tmp_path)
    test = [divmod(tile - 1, 20) for tile in members["test_id"]]
    free = [
        tile
        for tile in range(1, 401)
        if all(abs((tile - 1) // 20 - x) >= 2 or abs((tile - 1) % 20 - y) >= 2 for x, y in test)
    ]
    assert members["test_id"] == {row + 1 for row in choose(400, 6, seed=7)}
    assert members["val"] == {free[row] for row in choose(len(free), 3, seed=7)}


def test_the_same_seed_gives_the_same_checksum_and_another_seed_another(tmp_path: Path) -> None:
    write_tiles(tmp_path)
    first, again = (make_split(SPEC, tmp_path, ignore_progress).checksum for _ in range(2))
    other = make_split({**SPEC, "seed": 8}, tmp_path, ignore_progress).checksum
    assert first == again != other
    pairs = [(f"made_{tile}", name) for name, tiles in members_of(tmp_path).items() for tile in tiles]
    assert checksum_of(pairs) == other


def test_more_tiles_than_there_are_is_refused_by_the_name_of_the_subset(tmp_path: Path) -> None:
    write_tiles(tmp_path)
    with pytest.raises(InvalidInput, match="test_cd: 21 tiles are asked for, 20 are left"):
        make_split({**SPEC, "cross_size": 21}, tmp_path, ignore_progress)
    with pytest.raises(InvalidInput, match="no tile is left to train on"):
        make_split({**SPEC, "test_size": 380, "val_size": 0}, tmp_path, ignore_progress)


def test_a_broken_table_names_row_and_column(tmp_path: Path) -> None:
    (tmp_path / "tiles.csv").write_text("tile,patch_id,domain,left,bottom,right,top,crs\n1,a,in,0,0,ten,10,x\n")
    with pytest.raises(BrokenFile, match=r"tiles.csv, row 2: not a tile: .*ten"):
        read_candidates(tmp_path / "tiles.csv")
    (tmp_path / "tiles.csv").write_text("tile,patch_id,domain\n")
    with pytest.raises(BrokenFile, match="column left: the column is missing"):
        read_candidates(tmp_path / "tiles.csv")


def test_a_request_to_stop_leaves_no_members(tmp_path: Path) -> None:
    write_tiles(tmp_path)

    def stop(stage: str, fraction: float, message: str = "", *, measures: Any = None) -> None:
        raise Cancelled(stage)

    with pytest.raises(Cancelled):
        make_split(SPEC, tmp_path, stop)
    assert not (tmp_path / "members.csv").exists()


def published_ids(name: str) -> list[str]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no {path}")
    if path.suffix == ".geojson":
        return [feature["properties"]["patch_id"] for feature in json.loads(path.read_text())["features"]]
    with path.open(newline="") as stream:
        return [row["patch_id"] for row in csv.DictReader(stream)]


def number_of(patch_id: str) -> int:
    return int(patch_id.rpartition("_")[2])


def test_seed_111_chooses_the_published_in_domain_test_tiles() -> None:
    warren = sorted(published_ids("warren/areas.csv"), key=number_of)
    chosen = {warren[row] for row in choose(23566, 1536, seed=111)}
    assert chosen == set(published_ids("splits/warren_patches_test.geojson"))


def test_seed_111_chooses_the_published_cross_domain_test_tiles() -> None:
    hardin = sorted(published_ids("hardin/areas.csv"), key=lambda name: (name.split("_")[0], number_of(name)))
    chosen = {hardin[row] for row in choose(7452, 1536, seed=111)}
    assert chosen == set(published_ids("splits/hardin_patches_test.geojson"))


def published_places() -> dict[int, tuple[int, int]]:
    """Column and row of each published tile by its number; where both neighbours in number are known, also of those
    between.
    """
    corners = {}
    for part in ("train", "val", "test"):
        published_ids(f"splits/warren_patches_{part}.geojson")
        for feature in json.loads((DATA / f"splits/warren_patches_{part}.geojson").read_text())["features"]:
            corner = np.min(feature["geometry"]["coordinates"][0], axis=0) / 640
            corners[number_of(feature["properties"]["patch_id"])] = (round(corner[0]), round(corner[1]))
    places = dict(corners)
    for first, last in pairwise(sorted(corners)):
        (column, row), (other_column, other_row) = corners[first], corners[last]
        if column == other_column and other_row - row == last - first:
            places |= {number: (column, row + number - first) for number in range(first, last)}
    return places


def test_the_published_validation_tiles_follow_from_the_seed_taken_anew() -> None:
    """12,815 tiles remain beside the in-domain test; those whose place is known bound the rank of each validation tile
    among them.
    """
    places = published_places()
    test, val = (
        sorted(number_of(name) for name in published_ids(f"splits/warren_patches_{part}.geojson"))
        for part in ("test", "val")
    )
    near = {(places[t][0] + x, places[t][1] + y) for t in test for x in (-1, 0, 1) for y in (-1, 0, 1)}
    remains = [number for number, place in places.items() if place not in near]
    unknown = [number for number in range(1, 23567) if number not in places]
    ranks, least = choose(12815, 768, seed=111), np.searchsorted(np.sort(remains), val)
    assert np.all(ranks >= least)
    assert np.all(ranks <= least + np.searchsorted(unknown, val))


def test_twenty_three_thousand_tiles_are_split_in_seconds(tmp_path: Path) -> None:
    write_tiles(tmp_path, within=23566, across=7452)
    start = time.perf_counter()
    make_split({**SPEC, "seed": 111, "test_size": 1536, "val_size": 768, "cross_size": 1536}, tmp_path, ignore_progress)
    assert time.perf_counter() - start < 10
