"""What someone may not see is not there, on no page."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from apps.accounts.models import Role, User, Visibility
from apps.experiments.models import ClassScore, Evaluation, Run
from apps.jobs.models import Job
from apps.pages.comparison import first_comparison
from apps.pages.map_facts import run_facts
from apps.pages.scores import score_rows
from apps.pages.tile_facts import answers
from apps.splits.models import Split
from apps.tiles.models import DatasetVersion, Tile
from tests.apps.worlds import World, make_region, make_world


@pytest.fixture
def hidden(db: None) -> World:
    owner = User.objects.create_user("owner", role=Role.RESEARCHER)
    return make_world("secret", visibility=Visibility.PRIVATE, owner=owner)


def paths(world: World) -> list[str]:
    tile = world.tiles[0].pk
    return [f"/runs/{world.run.pk}/", f"/splits/{world.split.pk}/", f"/tiles/{tile}/", f"/tiles/{tile}/panel/"]


def test_details_of_a_private_region_are_404_for_others(client: Client, hidden: World) -> None:
    assert [client.get(path).status_code for path in paths(hidden)] == [404, 404, 404, 404]


def test_details_of_a_private_region_are_there_for_their_owner(client: Client, hidden: World) -> None:
    client.force_login(User.objects.get(username="owner"))
    assert [client.get(path).status_code for path in paths(hidden)] == [200, 200, 200, 200]


@pytest.mark.parametrize("path", ["/", "/dataset/", "/splits/", "/runs/", "/compare/"])
def test_lists_do_not_name_what_is_private(client: Client, hidden: World, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "secret" not in answer.content.decode()


def share_with_viewer(*rows: Split | Run) -> User:
    viewer = User.objects.create_user("viewer", role=Role.VIEWER)
    for row in rows:
        row.shared_with.add(viewer)
    return viewer


def test_a_shared_split_does_not_name_a_private_region(client: Client, hidden: World) -> None:
    params = {"seed": 5, "in_domain": ["secret"], "cross_domain": ["secret"], "dataset_version": "secret"}
    Split.objects.filter(pk=hidden.split.pk).update(name="lent", params=params, method="by-hand")
    Tile.objects.filter(pk=hidden.tiles[0].pk).update(region=make_region("open"))
    DatasetVersion.objects.update(slug="version")
    hidden.split.note_regions()
    client.force_login(share_with_viewer(hidden.split))
    for path in (f"/splits/{hidden.split.pk}/", "/splits/", "/api/v1/splits/lent"):
        said = client.get(path).content.decode()
        assert "lent" in said
        assert "secret" not in said
    assert [region.slug for region in client.get(f"/splits/{hidden.split.pk}/").context["regions"]] == ["open"]


def test_an_open_split_of_an_open_and_a_private_region_is_not_there(client: Client, hidden: World) -> None:
    Split.objects.filter(pk=hidden.split.pk).update(visibility=Visibility.PUBLIC)
    Tile.objects.filter(pk=hidden.tiles[0].pk).update(region=make_region("open"))
    hidden.split.note_regions()
    assert client.get(f"/splits/{hidden.split.pk}/").status_code == 404


def test_a_shared_split_of_a_private_region_does_not_name_its_version(client: Client, hidden: World) -> None:
    Split.objects.filter(pk=hidden.split.pk).update(name="lent")
    client.force_login(share_with_viewer(hidden.split))
    assert client.get("/api/v1/splits/lent").json()["dataset_version"] is None
    assert client.get("/api/v1/splits?dataset_version=secret").status_code == 400
    for path in (f"/splits/{hidden.split.pk}/", "/splits/", "/"):
        assert "secret" not in client.get(path).content.decode()


def test_an_open_split_of_private_regions_alone_is_not_there(client: Client, hidden: World) -> None:
    Split.objects.filter(pk=hidden.split.pk).update(visibility=Visibility.PUBLIC)
    assert client.get(f"/splits/{hidden.split.pk}/").status_code == 404


def test_an_open_run_on_a_private_split_is_not_there(client: Client, hidden: World) -> None:
    Run.objects.filter(pk=hidden.run.pk).update(visibility=Visibility.PUBLIC)
    assert client.get(f"/runs/{hidden.run.pk}/").status_code == 404
    assert "secret" not in client.get("/runs/").content.decode()
    assert client.get(f"/compare/?runs={hidden.run.pk}").context["chosen"] == []


@pytest.mark.parametrize("path", ["/runs/{}/", "/runs/", "/compare/?runs={}"])
def test_a_shared_run_does_not_name_a_private_split(client: Client, hidden: World, path: str) -> None:
    Run.objects.filter(pk=hidden.run.pk).update(name="lent")
    client.force_login(share_with_viewer(hidden.run))
    said = client.get(path.format(hidden.run.pk)).content.decode()
    assert "lent" in said
    assert "secret" not in said


@pytest.fixture
def lent(hidden: World) -> World:
    """An open world whose run has no other scores than on a private split, on a tile of an open region."""
    world = make_world()
    world.run.evaluations.all().delete()
    shown = {"tile_count": 777, "scores": {"macro_f1": 0.777}}
    Evaluation.objects.filter(run=hidden.run).update(run=world.run, **shown)
    ClassScore.objects.update(f1=0.777, flags=["flagged 777"])
    Tile.objects.filter(pk=hidden.tiles[4].pk).update(region=world.region)
    return world


@pytest.mark.parametrize(
    "path", ["/runs/", "/runs/{run}/", "/compare/?runs={run}", "/compare/scores.csv?runs={run}", "/api/v1/evaluations",
             "/api/v1/compare?runs={run}", "/tiles/{tile}/", "/api/v1/tiles/{tile}/predictions", "/splits/{split}/"]
)  # fmt: skip
def test_scores_of_an_open_run_on_a_private_split_are_told_nowhere(
    client: Client, hidden: World, lent: World, path: str
) -> None:
    path = path.format(run=lent.run.pk, tile=hidden.tiles[4].pk, split=lent.split.pk)
    assert "777" not in said_of(client, path)
    client.force_login(User.objects.create_superuser("root"))
    assert "777" in said_of(client, path) or path.startswith(("/tiles", "/api/v1/tiles"))


def said_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.getvalue().decode()


def test_a_run_scored_on_a_private_split_alone_has_nothing_to_show(client: Client, hidden: World, lent: World) -> None:
    anyone = AnonymousUser()
    assert first_comparison(anyone) == []
    assert run_facts(anyone) == []
    assert answers(hidden.tiles[4], anyone) == []
    assert client.get(f"/api/v1/runs/{lent.run.pk}").json()["evaluations"] == []
    assert client.get("/maptiles/vector/errors/11/533/797.pbf?run=hills-run&class=Qal").content == b""


def test_a_flag_of_scores_on_a_private_split_is_not_put_on_others(hidden: World) -> None:
    world = make_world()
    Evaluation.objects.filter(run=hidden.run).update(run=world.run)
    ClassScore.objects.filter(evaluation__split=hidden.split).update(flags=["flagged"])
    rows = score_rows([world.run], AnonymousUser(), domain="in")
    assert [row.flags for row in rows if row.run_id] == [()] * 7


def test_a_run_without_a_split_closes_with_its_dataset_version(client: Client, hidden: World) -> None:
    Run.objects.filter(pk=hidden.run.pk).update(split=None, visibility=Visibility.PUBLIC)
    assert client.get(f"/runs/{hidden.run.pk}/").status_code == 404
    Run.objects.filter(pk=hidden.run.pk).update(dataset_version=None)
    assert client.get(f"/runs/{hidden.run.pk}/").status_code == 200


def test_the_owner_of_a_run_does_not_see_its_scores_on_a_split_of_somebody_else(client: Client, hidden: World) -> None:
    owner = User.objects.create_user("olga", role=Role.RESEARCHER)
    world = make_world(owner=owner)
    Evaluation.objects.filter(run=hidden.run).update(run=world.run)
    assert set(Evaluation.objects.visible_to(owner).values_list("split__name", flat=True)) == {"hills"}


def test_a_private_run_is_not_compared_by_name(client: Client, hidden: World) -> None:
    assert client.get("/compare/?runs=secret-run").context["chosen"] == []


def test_scores_of_a_private_run_are_not_in_the_file(client: Client, hidden: World) -> None:
    answer = client.get(f"/compare/scores.csv?runs={hidden.run.pk}")
    assert answer.getvalue().count(b"\n") == 1


def test_a_job_of_someone_else_is_404(researcher_client: Client, hidden: World) -> None:
    job = Job.objects.create(kind="train", owner=User.objects.get(username="owner"), content_hash="a", queue="long")
    assert researcher_client.get(f"/jobs/{job.pk}/").status_code == 404
    assert researcher_client.post(f"/jobs/{job.pk}/cancel/").status_code == 404


def test_jobs_ask_who_is_there(client: Client, db: None) -> None:
    assert client.get("/jobs/new/train/").headers["Location"] == "/login/?next=/jobs/new/train/"
    assert "Sign in to see your jobs" in client.get("/jobs/").content.decode()
