import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from django.test import Client

from apps.accounts.models import Visibility
from apps.jobs.models import JobState
from apps.jobs.running import run_inline
from apps.regions.models import RegionRaster
from apps.splits.models import SubsetStatistics
from apps.tiles.models import Tile
from tests.apps.trainable import Trainable, make_trainable
from tests.conftest import Person
from workers.errors import EarthScapeError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def east(store: Path) -> Trainable:
    (store / "regions").mkdir(exist_ok=True)
    return make_trainable(store)


def measure(person: Person, **params: Any) -> dict[str, Any]:
    job = run_inline(kind="measure-subset", params={"split": "east"} | params, owner=person.user)
    assert (job.state, job.error) == (JobState.SUCCEEDED, "")
    found: dict[str, Any] = job.result or {}
    return found


def training_rows(store: Path, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    with rasterio.open(store / "regions" / f"{name}.tif") as dataset:
        values: np.ndarray[Any, np.dtype[np.float64]] = dataset.read(1)[:32].astype(np.float64)
    return values


def test_a_job_measures_the_training_tiles_and_the_page_shows_it(
    east: Trainable, store: Path, researcher: Person, client: Client
) -> None:
    assert "No subset has been measured yet" in client.get(f"/splits/{east.split.pk}/").content.decode()
    told = measure(researcher)
    assert told["channels"] == ["dem", "s"]
    assert (told["tiles"], told["tiles_left_out"]) == (8, 0)
    values = training_rows(store, "dem")
    row = SubsetStatistics.objects.get(channel__name="dem", subset="train")
    found = [row.statistics["mean"], row.statistics["std"], row.statistics["percentiles"]["25"]]
    np.testing.assert_allclose(found, [values.mean(), values.std(), np.percentile(values, 25)], rtol=1e-6)
    page = client.get(f"/splits/{east.split.pk}/").content.decode()
    assert "train_stats.csv" in page
    assert "8,192" in page.replace("\u2009", ",").replace("\u202f", ",").replace("\xa0", ",")  # 8 tiles of 32 x 32


def test_the_table_has_the_columns_of_a_published_one_first(
    east: Trainable, store: Path, researcher: Person, client: Client
) -> None:
    measure(researcher, channels=["s"])
    answer = client.get(f"/splits/{east.split.pk}/train_stats.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="east_train_stats.csv"'
    head, row = csv.reader(answer.content.decode().splitlines())
    assert head[:5] == ["path", "mean", "std", "minimum", "maximum"]
    assert row[0] == "s.tif"
    values = training_rows(store, "s")
    np.testing.assert_allclose([float(row[1]), float(row[2])], [values.mean(), values.std()], rtol=1e-6)


def test_a_subset_that_was_not_measured_has_no_table(east: Trainable, client: Client) -> None:
    for subset in ("val", "nonsense"):
        assert client.get(f"/splits/{east.split.pk}/{subset}_stats.csv").status_code == 404


def test_the_table_closes_with_the_split(store: Path, researcher: Person, client: Client) -> None:
    (store / "regions").mkdir(exist_ok=True)
    east = make_trainable(store, visibility=Visibility.PRIVATE, owner=researcher.user)
    measure(researcher)
    assert client.get(f"/splits/{east.split.pk}/train_stats.csv").status_code == 404


def test_measured_again_the_new_numbers_stand_in_place_of_the_old(east: Trainable, researcher: Person) -> None:
    measure(researcher)
    Tile.objects.filter(pk=east.tiles[0].pk).update(valid=False, validity_note="cloud")
    told = measure(researcher)
    assert (told["tiles"], told["tiles_left_out"]) == (7, 1)
    assert [row.tiles for row in SubsetStatistics.objects.all()] == [7, 7]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"split": "none"}, "there is no split none that you may see"),
        ({"subset": "all"}, "subset"),
        ({"channels": ["dem", "nhd"]}, "region east has no channel nhd to be measured"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    east: Trainable, researcher: Person, params: dict[str, Any], told: str
) -> None:
    with pytest.raises(EarthScapeError, match=told):
        measure(researcher, **params)


def test_a_subset_without_tiles_is_refused(east: Trainable, researcher: Person) -> None:
    east.split.members.filter(subset="val").delete()
    with pytest.raises(EarthScapeError, match="east has no tile with a place on a raster in val"):
        measure(researcher, subset="val")


def test_statistics_of_rasters_made_anew_since_are_called_outdated(
    east: Trainable, researcher: Person, client: Client
) -> None:
    measure(researcher)
    url = "/api/v1/splits/east/statistics"

    def outdated() -> dict[str, bool]:
        return {row["channel"]: row["outdated"] for row in client.get(url).json()["results"]}

    assert outdated() == {"dem": False, "s": False}
    assert "have changed since" not in client.get(f"/splits/{east.split.pk}/").content.decode()
    RegionRaster.objects.filter(channel__name="s").update(sha256="0" * 64)
    assert outdated() == {"dem": False, "s": True}
    assert "have changed since: s. Measure" in client.get(f"/splits/{east.split.pk}/").content.decode()
    Tile.objects.filter(pk=east.tiles[0].pk).update(valid=False)
    assert outdated() == {"dem": True, "s": True}


def test_rest_gives_the_statistics_to_those_who_see_the_split(store: Path, researcher: Person, client: Client) -> None:
    (store / "regions").mkdir(exist_ok=True)
    make_trainable(store, visibility=Visibility.PRIVATE, owner=researcher.user)
    measure(researcher, channels=["dem"])
    url = "/api/v1/splits/east/statistics"
    assert client.get(url).status_code == 404
    (row,) = researcher.client.get(url).json()["results"]
    assert (row["subset"], row["channel"], row["tiles"]) == ("train", "dem", 8)
    values = training_rows(store, "dem")
    np.testing.assert_allclose(row["statistics"]["mean"], values.mean(), rtol=1e-6)
