from pathlib import Path

from apps.splits.independence import audit_split
from apps.splits.models import SplitMember
from apps.tiles.models import Tile
from tests.apps.trainable import make_trainable
from workers.splits.audit import SubsetPair


def test_rows_of_tiles_touch_and_share_nothing(store: Path, db: None) -> None:
    world = make_trainable(store)
    pairs = {(pair.first, pair.second): (pair.overlapping, pair.touching) for pair in audit_split(world.split)}
    assert pairs["train", "val"] == (0, 22)  # eight below each other, seven to each side at a corner
    assert pairs["test_id", "train"] == (0, 0)


def test_one_tile_that_lies_over_another_subset_is_found(store: Path, db: None) -> None:
    world = make_trainable(store)
    first = world.tiles[0]
    moved = Tile.objects.get(pk=world.tiles[8].pk)
    assert first.bounds is not None
    moved.bounds = [first.bounds[0], first.bounds[1] - 16, first.bounds[2], first.bounds[3] - 16]
    moved.save()
    assert SubsetPair("train", "val", overlapping=1, touching=21) in audit_split(world.split)


def test_tiles_without_a_footprint_are_left_out(store: Path, db: None) -> None:
    world = make_trainable(store)
    Tile.objects.filter(pk__in=SplitMember.objects.filter(subset="val").values("tile")).update(
        bounds=None, footprint=None
    )
    assert {pair.first for pair in audit_split(world.split)} == {"test_cd", "test_id"}
