from pathlib import Path

import pytest
import yaml
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.experiments.models import Run
from apps.jobs.models import Job, JobState
from apps.pages.examples import training_example
from apps.pages.job_detail import result_links
from apps.pages.templatetags.show import plain
from apps.regions.models import Channel, RegionRaster
from apps.tiles.models import LabelRevision
from tests.apps.trainable import make_trainable
from tests.apps.worlds import World
from workers.records.codec import from_data
from workers.records.map_units import SYMBOLS
from workers.records.region_checks import check_region
from workers.records.regions import ExtraSpec, RegionSpec

SPLIT = {"name": "mine", "dataset_version": "hills", "in_domain": ["hills"], "test_size": 1, "val_size": 1}
SPLIT |= {"cross_size": 0, "seed": 5, "visibility": "private"}


@pytest.fixture
def failed(researcher_client: Client) -> Job:
    owner = User.objects.get(username="rita")
    return Job.objects.create(
        kind="make-split", owner=owner, content_hash="a", queue="short", state="failed", finished_at="2026-01-01T00:00Z"
    )


def test_a_form_submits_a_job(researcher_client: Client, world: World) -> None:
    answer = researcher_client.post("/jobs/new/make-split/", SPLIT)
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    assert (job.kind, job.params["in_domain"], job.owner.username) == ("make-split", ["hills"], "rita")


def test_a_split_is_made_of_regions_shown_with_their_area(researcher_client: Client, world: World) -> None:
    form = researcher_client.get("/jobs/new/make-split/").context["form"]
    assert form.fields["in_domain"].choices == [("hills", "Hills (Hills County)")]


def test_an_error_of_several_lines_is_shown_line_by_line(researcher_client: Client, failed: Job) -> None:
    failed.error = "2 of 4 files cannot be had:\ntile <A>: gone\ntile B: gone"
    failed.save()
    page = researcher_client.get(f"/jobs/{failed.pk}/").content.decode()
    assert "2 of 4 files cannot be had:<br>tile &lt;A&gt;: gone<br>tile B: gone</p>" in page


def test_a_form_asks_for_labels_at_a_threshold(researcher_client: Client, world: World) -> None:
    researcher_client.post("/jobs/new/label-tiles/", {"dataset_version": "hills", "threshold": "0.25"})
    assert Job.objects.get().params == {
        "dataset_version": "hills", "label_revision": "hills-labels", "threshold": 0.25,
    }  # fmt: skip
    refused = researcher_client.post("/jobs/new/label-tiles/", {"dataset_version": "hills", "threshold": "1"})
    assert refused.status_code == 400
    assert "1.0 is not a share of a tile from 0 to below 1" in refused.content.decode()


def test_a_form_asks_for_the_statistics_of_a_subset(researcher_client: Client, store: Path) -> None:
    (store / "regions").mkdir()
    make_trainable(store)
    researcher_client.post("/jobs/new/measure-subset/", {"split": "east", "subset": "val", "channels": "dem"})
    assert Job.objects.get().params == {"split": "east", "subset": "val", "channels": ["dem"]}


def test_what_the_service_refuses_is_said_on_the_form(researcher_client: Client, world: World) -> None:
    answer = researcher_client.post("/jobs/new/train/", {"specification": "name: [", "visibility": "private"})
    assert answer.status_code == 400
    assert answer.context["form"].non_field_errors()
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ["import-dataset", "import-runs"])
def test_an_import_takes_a_folder_that_is_open_for_it(
    researcher_client: Client, settings: Settings, tmp_path: Path, kind: str
) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path]
    (tmp_path / "mine").mkdir()
    researcher_client.post(f"/jobs/new/{kind}/", {"folder": str(tmp_path / "mine")})
    assert [(job.kind, job.params["folder"]) for job in Job.objects.all()] == [(kind, str(tmp_path / "mine"))]
    refused = researcher_client.post(f"/jobs/new/{kind}/", {"folder": "/etc"})
    assert refused.status_code == 400
    assert str(tmp_path) in str(refused.context["form"].non_field_errors())


def test_a_folder_of_tile_files_takes_names_of_ones_own(
    researcher_client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [tmp_path]
    form = {"folder": str(tmp_path), "on_disagreement": "first", "rename": "warren=mine, sonora=too"}
    form |= {"dataset_version": "mine", "visibility": "internal"}
    assert researcher_client.post("/jobs/new/import-tiles/", form).status_code == 302
    assert Job.objects.get().params == {
        "folder": str(tmp_path), "on_disagreement": "first", "rename": {"warren": "mine", "sonora": "too"},
        "dataset_version": "mine", "visibility": "internal",
    }  # fmt: skip


def test_an_export_is_asked_for_by_form(researcher_client: Client, world: World) -> None:
    raster = {"size": 1, "display_size": 1, "display_low": 0, "display_high": 1, "statistics": {}}
    RegionRaster.objects.create(region=world.region, channel=Channel.objects.get(name="dem"), **raster)
    form = {"dataset_version": "hills", "regions": ["hills"], "layout": "v1.0.1", "channels": "dem", "split": ""}
    assert researcher_client.post("/jobs/new/export-dataset/", form).status_code == 302
    assert Job.objects.get().params == {
        "dataset_version": "hills", "regions": ["hills"], "label_revision": "hills-labels", "layout": "v1.0.1",
        "channels": ["dem"],
    }  # fmt: skip


def test_an_export_takes_the_label_revision_that_is_chosen(researcher_client: Client, world: World) -> None:
    raster = {"size": 1, "display_size": 1, "display_low": 0, "display_high": 1, "statistics": {}}
    RegionRaster.objects.create(region=world.region, channel=Channel.objects.get(name="dem"), **raster)
    about = {"dataset_version": world.version, "classes": list(SYMBOLS)}
    LabelRevision.objects.create(slug="hills-newer", **about)
    page = researcher_client.get("/jobs/new/export-dataset/").content.decode()
    assert '<option value="hills-labels">hills-labels</option>' in page
    form = {"dataset_version": "hills", "layout": "v1.1", "label_revision": "hills-labels"}
    assert researcher_client.post("/jobs/new/export-dataset/", form).status_code == 302
    assert Job.objects.get().params["label_revision"] == "hills-labels"


def test_the_label_revisions_of_closed_regions_are_not_offered(researcher_client: Client, world: World) -> None:
    world.region.visibility = "private"
    world.region.save()
    form = {"dataset_version": "hills", "layout": "v1.1", "label_revision": "hills-labels"}
    assert "hills-labels" not in researcher_client.get("/jobs/new/export-dataset/").content.decode()
    refused = researcher_client.post("/jobs/new/export-dataset/", form)
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["dataset_version", "label_revision"])


def test_the_job_page_says_where_an_export_is(researcher_client: Client) -> None:
    rita = User.objects.get(username="rita")
    result = {"folder": "/store/jobs/1/1/earthscape-hills", "manifest_sha256": "a" * 64}
    job = Job.objects.create(kind="export-dataset", owner=rita, content_hash="a", queue="long", result=result)
    assert "/store/jobs/1/1/earthscape-hills" in researcher_client.get(f"/jobs/{job.pk}/").content.decode()


def test_a_viewer_may_not_submit(client: Client, world: World) -> None:
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    assert "may look but not submit" in client.get("/jobs/new/make-split/").content.decode()
    assert client.post("/jobs/new/make-split/", SPLIT).status_code == 403
    assert not Job.objects.exists()


def test_the_training_form_begins_with_a_split_of_the_demo(researcher_client: Client, world: World) -> None:
    world.split.visibility = "public"
    world.split.save()
    text = researcher_client.get("/jobs/new/train/").context["form"]["specification"].value()
    assert "split: hills" in text
    assert "name: rita-dem\n" in text


def test_the_training_form_offers_no_name_that_is_being_trained(researcher_client: Client, world: World) -> None:
    rita = User.objects.get(username="rita")
    params = {"specification": "name: rita-dem\nchannels: [dem]\nsplit: hills\n"}
    Job.objects.create(kind="train", owner=rita, params=params, content_hash="a", queue="long")
    assert "name: rita-dem-2\n" in training_example(rita)
    Job.objects.update(params={"specification": "name: ["})
    assert "name: rita-dem\n" in training_example(rita)


def test_the_processing_form_begins_with_sources_that_are_there(
    researcher_client: Client, store: Path, world: World
) -> None:
    def begun() -> str:
        return str(researcher_client.get("/jobs/new/process-region/").context["form"]["specification"].value())

    assert "- dem.tif\n" in begun()
    demo = store / "sources/demo/demo-west"
    for name in ("dem/a.tif", "dem/b.tif", "dem/c.tif", "imagery/a.tif", "vectors/streams.gpkg"):
        (demo / name).parent.mkdir(parents=True, exist_ok=True)
        (demo / name).touch()
    assert "- demo/demo-west/dem/b.tif\n" in begun()
    assert "slug: rita-quadrangle\n" in begun()
    rita = User.objects.get(username="rita")
    under_way = {"specification": {"slug": "rita-quadrangle"}}
    Job.objects.create(kind="process-region", owner=rita, params=under_way, content_hash="a", queue="long")
    assert "slug: rita-quadrangle-2\n" in begun()


def test_the_processing_form_shows_how_more_channels_are_asked_for(researcher_client: Client, store: Path) -> None:
    text = str(researcher_client.get("/jobs/new/process-region/").context["form"]["specification"].value())
    assert "\n# extras:            # channels that EarthScape lacks" in text
    spec = from_data(RegionSpec, yaml.safe_load(text.replace("# extras", "extras").replace("\n#   ", "\n  ")))
    check_region(spec)
    assert spec.extras == ExtraSpec(hand=True, tpi=(5, 50))


def test_a_misspelt_specification_is_said_on_the_form(researcher_client: Client, store: Path) -> None:
    text = "slug: a\nname: A\narea: A\ngrid: {crs: 'EPSG:3089', pixel_size: 5}\nreassign: {Qls: longest_border}\n"
    form = {"specification": f"{text}dem: {{paths: [dem.tif], bands: [dem]}}", "visibility": "private", "workers": 1}
    page = researcher_client.post("/jobs/new/process-region/", form)
    assert page.status_code == 400
    assert "did you mean longest-border?" in page.content.decode()
    assert Job.objects.count() == 0


@pytest.mark.parametrize("kind", ["process-region", "import-dataset", "import-runs", "import-tiles"])
def test_a_form_names_the_folders_that_are_open(researcher_client: Client, settings: Settings, kind: str) -> None:
    settings.EARTHSCAPE_IMPORT_ROOTS = [Path("/data/surveys")]
    assert "/data/surveys" in researcher_client.get(f"/jobs/new/{kind}/").content.decode()


def test_a_failed_job_is_tried_again(researcher_client: Client, failed: Job) -> None:
    researcher_client.post(f"/jobs/{failed.pk}/retry/")
    failed.refresh_from_db()
    assert failed.state == JobState.QUEUED


def test_a_queued_job_is_cancelled(researcher_client: Client, failed: Job) -> None:
    Job.objects.update(state=JobState.QUEUED, finished_at=None)
    researcher_client.post(f"/jobs/{failed.pk}/cancel/")
    failed.refresh_from_db()
    assert failed.state == JobState.CANCELLED


def test_a_finished_job_is_not_cancelled(researcher_client: Client, failed: Job) -> None:
    answer = researcher_client.post(f"/jobs/{failed.pk}/cancel/")
    assert answer.status_code == 409
    assert "That is not possible now" in answer.content.decode()


def test_an_unknown_kind_is_404(researcher_client: Client) -> None:
    assert researcher_client.get("/jobs/new/nothing/").status_code == 404


def test_a_change_needs_a_post(researcher_client: Client, failed: Job) -> None:
    assert researcher_client.get(f"/jobs/{failed.pk}/retry/").status_code == 405


def test_a_result_is_said_in_words() -> None:
    assert plain({"val": 0.60120512, "test_cd": None, "sizes": [3, 4]}) == "val 0.601, test_cd None, sizes 3, 4"


def test_results_become_links() -> None:
    assert result_links({"run_id": 3, "region": "hills"}) == [
        ("Open the run", "/runs/3/"),
        ("See the region on the map", "/?region=hills"),
        ("Look at its channels", "/regions/hills/"),
    ]


def test_the_training_form_offers_a_name_that_is_new(researcher_client: Client, world: World) -> None:
    for name in ("rita-dem", "rita-dem-2"):
        Run.objects.create(name=name, origin="trained", visibility="private")
    form = researcher_client.get("/jobs/new/train/").context["form"]
    assert "\nname: rita-dem-3\n" in form["specification"].value()
    assert "\nlabel_threshold: 0.01 " in form["specification"].value()  # as the demonstration's own runs
