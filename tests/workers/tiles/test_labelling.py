from pathlib import Path

import pytest

from workers.errors import InvalidInput
from workers.records.labels import present_classes
from workers.records.progress import ignore_progress
from workers.tiles.labelling import label_tiles


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.0, (0, 2, 3)), (4e-10, (2, 3)), (0.25, (3,)), (0.5, (3,)), (0.75, ())]
)
def test_a_class_is_present_above_the_threshold_not_at_it(threshold: float, expected: tuple[int, ...]) -> None:
    assert present_classes((4e-10, 0.0, 0.25, 0.75), threshold) == expected


def test_labels_are_written_for_each_tile_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text("tile,areas\n7,0.25 0.75\n9,0.5 0.5\n12,0.05 0.05\n")
    found = label_tiles({"table": "areas.csv", "threshold": 0.25}, tmp_path, ignore_progress)
    assert (tmp_path / found.table.path).read_text() == "tile,present\n7,1\n9,0 1\n12,\n"
    assert (found.tiles, found.without) == (3, 1)


@pytest.mark.parametrize("threshold", [-0.1, 1.0, 7.0])
def test_a_threshold_that_is_no_share_of_a_tile_is_refused(tmp_path: Path, threshold: float) -> None:
    with pytest.raises(InvalidInput, match=r"threshold: \S+ is not a share of a tile from 0 to below 1"):
        label_tiles({"table": "areas.csv", "threshold": threshold}, tmp_path, ignore_progress)
