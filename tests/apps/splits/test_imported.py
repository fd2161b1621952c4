from pathlib import Path

import pytest

from apps.accounts.models import Visibility
from apps.regions.models import Region
from apps.splits.imported import record_subsets
from apps.splits.models import Split
from apps.tiles.models import DatasetVersion, Tile
from tests.apps.worlds import make_region
from workers.splits.checksum import checksum_of

pytestmark = pytest.mark.django_db


def tile_of(region: Region, version: DatasetVersion, patch_id: str) -> None:
    Tile.objects.create(region=region, dataset_version=version, patch_id=patch_id, number=1)


def record(folder: Path, version: DatasetVersion, region: Region, **subsets: str) -> int:
    lines = ["patch_id,subset", *(f"{patch_id},{subset}" for patch_id, subset in subsets.items())]
    (folder / "tiles.csv").write_text("\n".join(lines) + "\n")
    return record_subsets(
        folder / "tiles.csv", version, [region], name="both", method="imported", visibility=Visibility.PRIVATE
    )


def test_a_second_region_adds_to_the_split_of_the_first(tmp_path: Path) -> None:
    version = DatasetVersion.objects.create(slug="both", title="Both")
    hills, plain = make_region("hills"), make_region("plain")
    for region, names in ((hills, ("h_1", "h_2")), (plain, ("p_1",))):
        for name in names:
            tile_of(region, version, name)
    assert record(tmp_path, version, hills, h_1="train", h_2="val") == 2
    assert record(tmp_path, version, plain, p_1="test_cd") == 1
    split = Split.objects.get(name="both")
    assert split.sizes == {"train": 1, "val": 1, "test_cd": 1}
    assert split.checksum == checksum_of([("h_1", "train"), ("h_2", "val"), ("p_1", "test_cd")])
    assert set(split.regions.values_list("slug", flat=True)) == {"hills", "plain"}
    assert record(tmp_path, version, hills, h_1="val") == 2
    split.refresh_from_db()
    assert split.sizes == {"train": 0, "val": 1, "test_cd": 1}
