from django.contrib.auth.models import AnonymousUser
from django.test import Client

from apps.annotations.models import MapUnit
from apps.experiments.models import Run
from apps.pages.tile_facts import answers, labellings
from apps.tiles.models import TileLabels
from tests.apps.worlds import World


def test_areas_come_with_the_label(world: World) -> None:
    (labelling,) = labellings(world.tiles[0])
    shares = {share.unit.symbol: (share.area, share.present) for share in labelling.shares}
    assert shares["Qal"] == (0.75, True)
    assert shares["Qr"] == (0.0, False)


def test_areas_of_pixels_stand_beside_those_of_polygons(client: Client, world: World) -> None:
    assert "of pixels" not in client.get(f"/tiles/{world.tiles[0].pk}/").content.decode()
    TileLabels.objects.filter(tile=world.tiles[0]).update(mask_areas=[0, 0.5, 0, 0, 0.5, 0, 0])
    (labelling,) = labellings(world.tiles[0])
    assert [(share.area, share.mask_area) for share in labelling.shares if share.present] == [(0.75, 0.5), (0.25, 0.5)]
    assert "50.0 % of pixels" in client.get(f"/tiles/{world.tiles[0].pk}/").content.decode()


def test_answers_are_held_against_the_label(world: World) -> None:
    (said,) = answers(world.tiles[4], AnonymousUser())  # holds Qal and Qc; said Qal 0.9 and Qc 0.6
    assert {answer.symbol: answer.outcome for answer in said.answers} == {
        "af1": "tn", "Qal": "tp", "Qaf": "tn", "Qat": "tn", "Qc": "tp", "Qca": "tn", "Qr": "tn",
    }  # fmt: skip
    (said,) = answers(world.tiles[5], AnonymousUser())  # holds Qr and Qc
    assert [answer.outcome for answer in said.answers if answer.symbol in ("Qal", "Qr")] == ["fp", "fn"]


def test_a_class_below_the_least_area_of_a_run_counts_as_absent(world: World) -> None:
    Run.objects.update(origin="trained", specification={"label_threshold": 0.5})
    TileLabels.objects.filter(tile=world.tiles[4]).update(areas=[0, 0.25, 0, 0, 0.75, 0, 0], present=[1, 4])
    (said,) = answers(world.tiles[4], AnonymousUser())
    assert [answer.outcome for answer in said.answers if answer.symbol in ("Qal", "Qc")] == ["fp", "tp"]


def test_only_chosen_runs_answer(world: World) -> None:
    assert answers(world.tiles[4], AnonymousUser(), runs=[world.run.pk + 1]) == []


def test_the_panel_says_that_a_run_was_not_asked(client: Client, world: World) -> None:
    page = client.get(f"/tiles/{world.tiles[0].pk}/panel/?runs={world.run.pk}").content.decode()
    assert "has no stored prediction for this tile" in page


def test_a_tile_without_geometry_says_so(client: Client, world: World) -> None:
    assert "published without geometry" in client.get(f"/tiles/{world.tiles[7].pk}/").content.decode()


def test_a_tile_shows_its_subset(client: Client, world: World) -> None:
    assert "Training" in client.get(f"/tiles/{world.tiles[0].pk}/").content.decode()


def test_what_people_write_is_escaped(client: Client, world: World) -> None:
    MapUnit.objects.filter(symbol="Qal").update(name="<script>alert(1)</script>")
    assert "<script>alert" not in client.get(f"/tiles/{world.tiles[0].pk}/").content.decode()
    assert "<script>alert" not in client.get("/").content.decode()
