from pathlib import Path

import pytest

from apps.experiments.mixing import as_result, mixed_scales
from apps.jobs.services import submit
from apps.regions.models import Region
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import Tile
from tests.apps.trainable import carry_out, make_trainable, specified
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def split(store: Path) -> Split:
    """Tiles of the region east, 1 ft, and the test across domains in a copy of it, flats, whose unit is the metre."""
    world = make_trainable(store)
    flats = Region.objects.get(pk=world.region.pk)
    rasters = list(flats.rasters.all())
    flats.pk, flats.slug, flats.crs = None, "flats", "EPSG:26916"
    flats.save()
    for raster in rasters:
        raster.pk, raster.region = None, flats
        raster.save()
    across = SplitMember.objects.filter(split=world.split, subset=Subset.TEST_CD)
    Tile.objects.filter(pk__in=across.values("tile")).update(region=flats)
    world.split.note_regions()
    return world.split


def test_regions_that_measure_differently_are_told_apart(split: Split) -> None:
    assert mixed_scales([split], ["dem", "s"]) == [
        "Pixels are 1 ft in east; 1 m in flats: the network takes them alike.",
        "dem is in ft in east; m in flats: the network takes them alike.",
    ]


def test_regions_that_measure_alike_give_no_warning(split: Split) -> None:
    Region.objects.update(crs="EPSG:2246")
    assert mixed_scales([split], ["dem", "s"]) == []
    assert as_result([]) == {}


def test_training_and_evaluation_say_so_in_their_results(split: Split, tmp_path: Path, researcher: Person) -> None:
    told = [
        "Pixels are 1 ft in east; 1 m in flats: the network takes them alike.",
        "dem is in ft in east; m in flats: the network takes them alike.",
    ]
    params = {"specification": specified()}
    training, _ = submit(kind="train", params=params, owner=researcher.user)
    assert carry_out(training, tmp_path / "train")["warnings"] == told
    evaluation, _ = submit(kind="evaluate", params={"run": "east-dem"}, owner=researcher.user)
    assert carry_out(evaluation, tmp_path / "evaluate")["warnings"] == told


def test_a_run_scored_elsewhere_is_held_against_what_it_learnt_from(split: Split) -> None:
    home, away = (Split.objects.create(name=name, dataset_version=split.dataset_version) for name in ("home", "away"))
    split.members.exclude(subset=Subset.TEST_CD).update(split=home)
    split.members.update(split=away)
    assert (mixed_scales([home], ["dem"]), mixed_scales([away], ["dem"])) == ([], [])
    assert len(mixed_scales([away, home], ["dem"])) == 2
