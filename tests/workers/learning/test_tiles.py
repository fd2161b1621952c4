from pathlib import Path

import pytest

from workers.errors import BrokenFile, InvalidInput
from workers.learning.tiles import Tiles, read_tiles

HEADER = "tile,subset,region,col,row,size,af1,Qal\n"


def read(folder: Path, text: str) -> Tiles:
    (folder / "tiles.csv").write_text(HEADER + text)
    return read_tiles(folder / "tiles.csv", ("af1", "Qal"))


def test_a_class_is_present_from_the_least_area_on(tmp_path: Path) -> None:
    tiles = read(tmp_path, "5,train,east,0,0,32,4e-10,0\n6,train,east,0,0,32,0.05,0.95\n")
    assert tiles.labels(threshold=0.0).tolist() == [[True, False], [True, True]]
    assert tiles.labels(threshold=0.05).tolist() == [[False, False], [True, True]]


def test_subsets_keep_the_order_of_the_file(tmp_path: Path) -> None:
    tiles = read(tmp_path, "9,val,east,0,0,32,1,0\n3,train,west,32,64,32,1,0\n4,val,east,0,0,32,1,0\n")
    assert tiles.of_subset("val").ids.tolist() == [9, 4]
    assert tiles.of_subset("train").windows.tolist() == [[32, 64]]
    assert tiles.present_subsets() == ("train", "val")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5,train,east,0,zero,32,1,0\n", "tiles.csv, row 2: not a tile"),
        ("5,test,east,0,0,32,1,0\n", "row 2, column subset: 'test' is not one of train, val, test_id, test_cd"),
        ("5,train,east,0,0,32\n", "row 2: not a tile"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BrokenFile, match=told):
        read(tmp_path, text)


def test_no_tile_and_tiles_of_two_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no tile"):
        read(tmp_path, "")
    with pytest.raises(InvalidInput, match="different sides: 32, 64 pixels"):
        read(tmp_path, "5,train,east,0,0,32,1,0\n6,train,east,0,0,64,1,0\n")
