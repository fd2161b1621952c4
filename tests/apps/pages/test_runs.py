import re

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.experiments.models import ClassScore, Evaluation, Run
from apps.pages.templatetags.show import NOT_DEFINED
from tests.apps.worlds import World, make_world


def names(client: Client, query: str) -> list[str]:
    return [run.name for run in client.get(f"/runs/?{query}").context["page"]]


def test_the_macro_f1_is_the_stored_one(client: Client, world: World) -> None:
    Evaluation.objects.filter(domain="in").update(scores={"macro_f1": 0.6037942424061916})
    (run,) = client.get("/runs/").context["page"]
    assert (run.macro_in, run.macro_cross) == (0.6037942424061916, None)


def test_runs_are_sorted_with_the_unscored_last(client: Client, world: World) -> None:
    make_world("valley")
    Evaluation.objects.filter(run=world.run, domain="cross").update(scores={"macro_f1": 0.5})
    assert names(client, "sort=-cross") == ["hills-run", "valley-run"]
    assert names(client, "sort=cross") == ["hills-run", "valley-run"]
    assert names(client, "sort=-name") == ["valley-run", "hills-run"]


def test_runs_are_filtered_by_name_and_origin(client: Client, world: World) -> None:
    assert names(client, "q=HILLS") == ["hills-run"]
    assert names(client, "q=valley") == []
    assert names(client, "origin=published") == []


def test_nonsense_in_the_query_is_passed_over(client: Client, world: World) -> None:
    assert names(client, "sort=password&origin=x&page=99") == ["hills-run"]


@pytest.mark.parametrize("path", ["/runs/?q=%00", "/compare/?q=%00", "/compare/?runs=%00,hills-run"])
def test_a_null_in_the_query_is_passed_over(client: Client, world: World, path: str) -> None:
    assert "hills-run" in client.get(path).content.decode()


def test_a_long_list_has_pages(client: Client, world: World) -> None:
    Run.objects.bulk_create([Run(name=f"r{number}", origin="trained", visibility="public") for number in range(30)])
    answer = client.get("/runs/?q=r")
    assert len(answer.context["page"]) == 25
    assert "?q=r&amp;page=2" in answer.content.decode()


def test_a_run_says_where_it_comes_from(client: Client, world: World) -> None:
    Run.objects.update(seed=111, code_version="abc123", curves=[{"epoch": 1, "train_loss": 0.5, "val_loss": None}])
    answer = client.get(f"/runs/{world.run.pk}/")
    assert ("Seed", "111") in answer.context["provenance"]
    assert answer.context["curves"] == [{"epoch": 1, "series": "training", "loss": 0.5}]
    assert [row.unit.symbol for row in answer.context["classes"]][:2] == ["af1", "Qal"]


def test_a_segmentation_run_shows_its_scores_over_pixels(client: Client, world: World) -> None:
    heading = "Scores per class, over pixels"
    assert heading not in client.get(f"/runs/{world.run.pk}/").content.decode()
    Run.objects.update(task="segmentation", thresholds={})
    scores = ClassScore.objects.filter(evaluation__domain="in", map_unit__symbol="Qal")
    scores.update(iou=0.6217596423485282, details={"mean_hd95": 88.36516315671446}, support=947)
    scores = ClassScore.objects.filter(evaluation__domain="in", map_unit__symbol="Qaf")
    scores.update(iou=0.0, details={"mean_hd95": None})
    page = client.get(f"/runs/{world.run.pk}/").content.decode()
    assert heading in page
    assert ("AUROC" in page, "Threshold</th>" in page) == (False, False)
    qal = page.split("alluvium<")[1].split("</tr>")[0]
    assert re.findall(r">([^<]+)</td>", qal)[:6] == ["0.622", "0.667", "0.500", "1.000", "88.4", "947"]
    qaf = page.split("alluvial fan<")[1].split("</tr>")[0]
    assert re.findall(r">([^<]+)</td>", qaf)[4] == NOT_DEFINED


def test_pages_answer_only_to_reading(client: Client, world: World) -> None:
    client.force_login(User.objects.create_user("a", role=Role.ADMIN))
    for path in ("/", "/runs/", f"/runs/{world.run.pk}/", "/compare/", "/dataset/", "/splits/", "/about/"):
        assert client.post(path).status_code == 405, path


def test_scores_on_the_own_split_go_before_those_on_another(client: Client, world: World) -> None:
    other = make_world("valley").split
    Evaluation.objects.filter(run=world.run).update(scores={"macro_f1": 0.5})
    Evaluation.objects.create(
        run=world.run, split=other, subset="test_id", domain="in", tile_count=2, scores={"macro_f1": 0.1}
    )
    assert [run.macro_in for run in client.get("/runs/?q=hills").context["page"]] == [0.5]
    assert len(client.get(f"/runs/{world.run.pk}/").context["classes"]) == 7
