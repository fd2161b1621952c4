"""What someone may not see is not there, on no page."""

import pytest
from django.test import Client

from apps.accounts.models import Role, User, Visibility
from apps.experiments.models import Evaluation, Run
from apps.jobs.models import Job
from apps.splits.models import Split
from apps.tiles.models import Tile
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


def test_a_public_split_does_not_name_a_private_region(client: Client, hidden: World) -> None:
    Split.objects.filter(pk=hidden.split.pk).update(visibility=Visibility.PUBLIC)
    Tile.objects.filter(pk=hidden.tiles[0].pk).update(region=make_region("open"))
    path = f"/splits/{hidden.split.pk}/"
    assert [region.slug for region in client.get(path).context["regions"]] == ["open"]
    client.force_login(User.objects.get(username="owner"))
    assert {region.slug for region in client.get(path).context["regions"]} == {"open", "secret"}


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
    viewer = User.objects.create_user("viewer", role=Role.VIEWER)
    Run.objects.filter(pk=hidden.run.pk).update(name="lent")
    hidden.run.shared_with.add(viewer)
    client.force_login(viewer)
    said = client.get(path.format(hidden.run.pk)).content.decode()
    assert "lent" in said
    assert "secret" not in said


def test_scores_of_an_open_run_on_a_private_split_are_not_shown(client: Client, hidden: World) -> None:
    world = make_world()
    Evaluation.objects.filter(run=hidden.run).update(run=world.run, tile_count=777)
    Tile.objects.filter(pk=hidden.tiles[4].pk).update(region=world.region)
    assert "777" not in client.get(f"/runs/{world.run.pk}/").content.decode()
    assert "777" not in client.get(f"/compare/?runs={world.run.pk}").content.decode()
    assert client.get(f"/tiles/{hidden.tiles[4].pk}/").context["answers"] == []
    assert client.get(f"/api/v1/tiles/{hidden.tiles[4].pk}/predictions").json()["results"] == []


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
