from django.test import Client

from apps.tiles.models import TileLabels
from tests.apps.worlds import World


def test_classes_are_counted_by_region(client: Client, world: World) -> None:
    rows = {unit.symbol: cells[0] for unit, cells in client.get("/dataset/").context["by_region"]}
    assert (rows["Qal"].holding, rows["Qal"].frequency, rows["Qal"].area) == (4, 0.5, 0.375)
    assert (rows["Qc"].holding, rows["Qc"].frequency) == (8, 1.0)
    assert rows["af1"].holding == 0


def test_classes_are_counted_by_subset(client: Client, world: World) -> None:
    table = client.get("/dataset/").context["by_subset"]
    assert table["heads"] == [("Training", 2), ("Validation", 2), ("Test, in domain", 2), ("Test, cross domain", 2)]
    assert {unit.symbol: [cell.holding for cell in cells] for unit, cells in table["rows"]}["Qal"] == [1, 1, 1, 1]


def test_pairs_are_counted_with_their_share(client: Client, world: World) -> None:
    pairs = {unit.symbol: cells for unit, cells in client.get("/dataset/").context["pairs"]}
    assert pairs["Qal"][4] == (4, 1.0)  # with Qc
    assert pairs["Qal"][6] == (0, 0.0)  # with Qr
    assert pairs["af1"][0] == (0, None)


def test_tiles_without_geometry_are_stated(client: Client, world: World) -> None:
    assert client.get("/dataset/").context["places"] == {"Hills": {"slug": "hills", "tiles": 8, "unplaced": 1}}


def test_without_a_dataset_the_page_says_what_to_do(client: Client, db: None) -> None:
    assert "No dataset yet" in client.get("/dataset/").content.decode()


def test_without_labels_the_page_still_counts(client: Client, world: World) -> None:
    TileLabels.objects.all().delete()
    assert client.get("/dataset/").status_code == 200
