"""Every route of the site, and who may do what there. A route that is not in the table fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from apps.accounts.models import Role, Visibility
from apps.experiments.models import Run
from apps.jobs import streaming
from apps.jobs.models import Job, JobState
from apps.regions.models import Region, RegionRaster, Upload
from apps.splits.models import Split, SubsetStatistics
from tests.apps.maptiles.conftest import make_raster  # noqa: F401  # a fixture
from tests.apps.worlds import World, make_world
from tests.conftest import Person
from workers.rasters.qc import statistics_of
from workers.records.codec import to_data

pytestmark = pytest.mark.django_db

PEOPLE = ("anonymous", "viewer", "other", "curator", "owner", "administrator")
Statuses = tuple[int, int, int, int, int, int]

EVERYONE: Statuses = (200,) * 6
NO_ONE: Statuses = (404,) * 6
HIDDEN: Statuses = (404, 404, 404, 404, 200, 200)
SHARING: Statuses = (401, 404, 404, 404, 200, 200)
OWN: Statuses = (401, 404, 404, 404, 200, 200)
SIGNED_IN: Statuses = (401, 200, 200, 200, 200, 200)
PAGE_OF_OWN: Statuses = (302, 404, 404, 404, 200, 200)
PAGE_OF_SIGNED_IN: Statuses = (302, 200, 200, 200, 200, 200)
ONLY_POST: Statuses = (405,) * 6
ONLY_POST_SIGNED_IN: Statuses = (302, 405, 405, 405, 405, 405)
ZXY = "(?P<z>[0-9]{1,2})/(?P<x>[0-9]{1,8})/(?P<y>[0-9]{1,8})"
TILE = "api/v1/tiles/(?P<pk>[0-9]{1,18})"

# Route as the resolver has it, method, path with the names of `places`, what each of PEOPLE gets. All is private.
TABLE: tuple[tuple[str, str, str, Statuses], ...] = (
    ("api/v1$", "get", "/api/v1", EVERYONE),
    ("api/v1/$", "get", "/api/v1/", EVERYONE),
    ("api/v1/schema/?$", "get", "/api/v1/schema/", EVERYONE),
    ("api/v1/docs/?$", "get", "/api/v1/docs/", EVERYONE),
    ("api/v1/compare/?$", "get", "/api/v1/compare?runs={run}", HIDDEN),
    (f"{TILE}/predictions/?$", "get", "/api/v1/tiles/{tile}/predictions", HIDDEN),
    (f"{TILE}/channels/?$", "get", "/api/v1/tiles/{tile}/channels", HIDDEN),
    (rf"{TILE}/channels/(?P<channel>[-\w.+]{{1,40}})\.png$", "get", "/api/v1/tiles/{tile}/channels/dem.png", HIDDEN),
    ("api/v1/regions/?$", "get", "/api/v1/regions", EVERYONE),
    ("api/v1/regions/(?P<slug>[-a-zA-Z0-9_]{1,60})/?$", "get", "/api/v1/regions/hills", HIDDEN),
    ("api/v1/channels/?$", "get", "/api/v1/channels", EVERYONE),
    ("api/v1/channels/(?P<name>[-a-zA-Z0-9_.+]{1,40})/?$", "get", "/api/v1/channels/dem", EVERYONE),
    ("api/v1/map-units/?$", "get", "/api/v1/map-units", EVERYONE),
    ("api/v1/map-units/(?P<symbol>[-a-zA-Z0-9_.]{1,20})/?$", "get", "/api/v1/map-units/Qal", EVERYONE),
    ("api/v1/annotations/?$", "get", "/api/v1/annotations", EVERYONE),
    ("api/v1/annotations/?$", "post", "/api/v1/annotations", (401, 403, 403, 400, 403, 400)),
    ("api/v1/annotations/(?P<pk>[0-9]{1,18})/?$", "get", "/api/v1/annotations/{annotation}", HIDDEN),
    (
        "api/v1/annotations/(?P<pk>[0-9]{1,18})/?$",
        "patch",
        "/api/v1/annotations/{annotation}",
        (401, 403, 403, 404, 403, 400),
    ),
    (
        "api/v1/annotations/(?P<pk>[0-9]{1,18})/?$",
        "delete",
        "/api/v1/annotations/{annotation}",
        (401, 403, 403, 404, 403, 400),
    ),
    ("api/v1/annotations/(?P<pk>[0-9]{1,18})/history/?$", "get", "/api/v1/annotations/{annotation}/history", HIDDEN),
    ("api/v1/dataset-versions/?$", "get", "/api/v1/dataset-versions", EVERYONE),
    ("api/v1/dataset-versions/(?P<slug>[-a-zA-Z0-9_.]{1,60})/?$", "get", "/api/v1/dataset-versions/hills", HIDDEN),
    ("api/v1/tiles/?$", "get", "/api/v1/tiles", EVERYONE),
    (f"{TILE}/?$", "get", "/api/v1/tiles/{tile}", HIDDEN),
    ("api/v1/splits/?$", "get", "/api/v1/splits", EVERYONE),
    ("api/v1/splits/(?P<name>[-a-zA-Z0-9_.]{1,80})/?$", "get", "/api/v1/splits/hills", HIDDEN),
    ("api/v1/runs/?$", "get", "/api/v1/runs", EVERYONE),
    ("api/v1/runs/?$", "post", "/api/v1/runs", (401, 403, 400, 400, 400, 400)),
    ("api/v1/runs/(?P<pk>[^/]{1,160})/?$", "get", "/api/v1/runs/{run}", HIDDEN),
    ("api/v1/regions/(?P<slug>[-a-zA-Z0-9_]{1,60})/sharing/?$", "get", "/api/v1/regions/hills/sharing", HIDDEN),
    ("api/v1/regions/(?P<slug>[-a-zA-Z0-9_]{1,60})/sharing/?$", "patch", "/api/v1/regions/hills/sharing", SHARING),
    ("api/v1/splits/(?P<name>[-a-zA-Z0-9_.]{1,80})/statistics/?$", "get", "/api/v1/splits/hills/statistics", HIDDEN),
    ("api/v1/splits/(?P<name>[-a-zA-Z0-9_.]{1,80})/sharing/?$", "get", "/api/v1/splits/hills/sharing", HIDDEN),
    ("api/v1/splits/(?P<name>[-a-zA-Z0-9_.]{1,80})/sharing/?$", "patch", "/api/v1/splits/hills/sharing", SHARING),
    ("api/v1/runs/(?P<pk>[^/]{1,160})/sharing/?$", "get", "/api/v1/runs/{run}/sharing", HIDDEN),
    ("api/v1/runs/(?P<pk>[^/]{1,160})/sharing/?$", "patch", "/api/v1/runs/{run}/sharing", SHARING),
    ("api/v1/evaluations/?$", "get", "/api/v1/evaluations", EVERYONE),
    ("api/v1/evaluations/(?P<pk>[0-9]{1,18})/?$", "get", "/api/v1/evaluations/{evaluation}", HIDDEN),
    ("api/v1/jobs/?$", "get", "/api/v1/jobs", SIGNED_IN),
    ("api/v1/jobs/?$", "post", "/api/v1/jobs", (401, 400, 400, 400, 400, 400)),
    ("api/v1/jobs/(?P<pk>[0-9]{1,18})/?$", "get", "/api/v1/jobs/{job}", OWN),
    ("api/v1/jobs/(?P<pk>[0-9]{1,18})/cancel/?$", "post", "/api/v1/jobs/{job}/cancel", (401, 404, 404, 404, 409, 409)),
    ("api/v1/jobs/(?P<pk>[0-9]{1,18})/events/?$", "get", "/api/v1/jobs/{job}/events", OWN),
    ("api/v1/jobs/(?P<pk>[0-9]{1,18})/log/?$", "get", "/api/v1/jobs/{job}/log", OWN),
    ("api/v1/jobs/(?P<pk>[0-9]{1,18})/retry/?$", "post", "/api/v1/jobs/{job}/retry", (401, 404, 404, 404, 200, 409)),
    ("api/v1/uploads/?$", "get", "/api/v1/uploads", SIGNED_IN),
    ("api/v1/uploads/?$", "post", "/api/v1/uploads", (401, 403, 415, 415, 415, 415)),
    ("api/v1/uploads/(?P<pk>[0-9]{1,18})/?$", "get", "/api/v1/uploads/{upload}", OWN),
    ("api/v1/uploads/(?P<pk>[0-9]{1,18})/?$", "delete", "/api/v1/uploads/{upload}", (401, 404, 404, 404, 204, 404)),
    ("api/v1/job-kinds/?$", "get", "/api/v1/job-kinds", SIGNED_IN),
    ("api/v1/", "get", "/api/v1/nothing", NO_ONE),
    ("api/", "get", "/api/nothing", NO_ONE),
    (
        r"maptiles/raster/(?P<region>[-\w]+)/(?P<channel>[-\w.+]+)/tilejson\.json$",
        "get",
        "/maptiles/raster/hills/dem/tilejson.json",
        HIDDEN,
    ),
    (
        rf"maptiles/raster/(?P<region>[-\w]+)/(?P<channel>[-\w.+]+)/{ZXY}\.png$",
        "get",
        "/maptiles/raster/hills/dem/9/133/199.png",
        HIDDEN,
    ),
    ("maptiles/vector/<slug:layer>/tilejson.json", "get", "/maptiles/vector/tiles/tilejson.json", EVERYONE),
    (rf"maptiles/vector/(?P<layer>[-\w]+)/{ZXY}\.pbf$", "get", "/maptiles/vector/tiles/9/133/199.pbf", EVERYONE),
    ("maptiles/", "get", "/maptiles/nothing", NO_ONE),
    ("healthz", "get", "/healthz", EVERYONE),
    ("readyz", "get", "/readyz", (503,) * 6),
    ("metrics", "get", "/metrics", EVERYONE),
    ("", "get", "/", EVERYONE),
    ("dataset/", "get", "/dataset/", EVERYONE),
    ("tiles/<int:pk>/", "get", "/tiles/{tile}/", HIDDEN),
    ("tiles/<int:pk>/panel/", "get", "/tiles/{tile}/panel/", HIDDEN),
    ("regions/<slug:slug>/", "get", "/regions/hills/", HIDDEN),
    ("splits/", "get", "/splits/", EVERYONE),
    ("splits/<int:pk>/", "get", "/splits/{split}/", HIDDEN),
    ("splits/<int:pk>/<slug:subset>_stats.csv", "get", "/splits/{split}/train_stats.csv", HIDDEN),
    ("runs/", "get", "/runs/", EVERYONE),
    ("runs/<int:pk>/", "get", "/runs/{run}/", HIDDEN),
    ("compare/", "get", "/compare/", EVERYONE),
    ("compare/scores.csv", "get", "/compare/scores.csv", EVERYONE),
    ("jobs/", "get", "/jobs/", EVERYONE),  # it shows one's own jobs, or how to come by some
    ("jobs/new/<slug:kind>/", "get", "/jobs/new/train/", PAGE_OF_SIGNED_IN),
    ("jobs/<int:pk>/", "get", "/jobs/{job}/", PAGE_OF_OWN),
    ("jobs/<int:pk>/cancel/", "get", "/jobs/{job}/cancel/", ONLY_POST_SIGNED_IN),
    ("jobs/<int:pk>/process/", "get", "/jobs/{job}/process/", ONLY_POST_SIGNED_IN),
    ("jobs/<int:pk>/retry/", "get", "/jobs/{job}/retry/", ONLY_POST_SIGNED_IN),
    ("uploads/", "get", "/uploads/", PAGE_OF_SIGNED_IN),
    ("uploads/<int:pk>/delete/", "get", "/uploads/{upload}/delete/", ONLY_POST_SIGNED_IN),
    ("about/", "get", "/about/", EVERYONE),
    ("account/", "get", "/account/", PAGE_OF_SIGNED_IN),
    ("account/tokens/<int:pk>/revoke/", "get", "/account/tokens/1/revoke/", ONLY_POST_SIGNED_IN),
    ("login/", "get", "/login/", (200, 302, 302, 302, 302, 302)),
    ("logout/", "get", "/logout/", ONLY_POST),
)


@pytest.fixture(autouse=True)
def slots_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of events are opened here and never read, so nothing gives their places back."""
    monkeypatch.setattr(streaming, "SLOTS", streaming.Slots())


@dataclass(frozen=True)
class Site:
    """A world that is its owner's alone, and everyone who may knock."""

    clients: dict[str, Client]
    places: dict[str, Any]


@pytest.fixture
def site(person: Callable[[Role], Person], make_raster: Callable[..., RegionRaster]) -> Site:  # noqa: F811  # the fixture
    roles = {"viewer": Role.VIEWER, "other": Role.RESEARCHER, "curator": Role.CURATOR, "owner": Role.RESEARCHER}
    users = {name: person(role).user for name, role in (roles | {"administrator": Role.ADMIN}).items()}
    world = make_world(visibility=Visibility.PRIVATE, owner=users["owner"])
    raster = make_raster(world.region, "dem", np.ones((1024, 1024)))
    statistics = to_data(statistics_of(np.ones((4, 4), np.float32), None))
    SubsetStatistics.objects.create(
        split=world.split, subset="train", channel=raster.channel, tiles=1, statistics=statistics
    )
    clients = {"anonymous": Client()}
    for name, user in users.items():
        clients[name] = Client()
        clients[name].force_login(user)
    upload = Upload.objects.create(owner=users["owner"], name="a.tif", folder="0" * 32, kind="geotiff", size=1)
    return Site(clients, _places(world, _failed_job(users["owner"])) | {"upload": upload.pk})


def _places(world: World, job: Job) -> dict[str, Any]:
    rows = {"tile": world.tiles[0], "split": world.split, "run": world.run, "annotation": world.annotation, "job": job}
    return {name: row.pk for name, row in rows.items()} | {"evaluation": world.run.evaluations.get(domain="in").pk}


def _failed_job(owner: Any) -> Job:
    state = {"state": JobState.FAILED, "finished_at": timezone.now(), "error": "It was wrong."}
    return Job.objects.create(kind="train", owner=owner, content_hash="0" * 64, queue="long", **state)


def routes() -> Iterator[tuple[str, str]]:
    """Each route outside the administration with each method that it takes."""
    for route, view in _leaves(get_resolver()):
        if not route.startswith("admin/"):
            for method in _methods(view):
                yield route, method


def _leaves(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).removeprefix("^")
        if isinstance(entry, URLResolver):
            yield from _leaves(entry, route)
        else:
            yield route, entry.callback


def _methods(view: Any) -> list[str]:
    if actions := getattr(view, "actions", None):
        return [method for method in actions if method not in ("head", "options")]
    view_class = getattr(view, "cls", None)
    written = [name for name in ("get", "post", "put", "patch", "delete") if hasattr(view_class, name)]
    return written or ["get"]


def test_every_route_and_method_is_in_the_table_and_nothing_else() -> None:
    assert sorted((route, method) for route, method, _, _ in TABLE) == sorted(set(routes()))


def answers(site: Site, method: str, path: str) -> Statuses:
    body = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
    place = path.format(**site.places)
    sent = (getattr(site.clients[name], method)(place, **body) for name in PEOPLE)
    one, two, three, four, five, six = (answer.status_code for answer in sent)
    return one, two, three, four, five, six


def test_who_may_read_what(site: Site) -> None:
    rows = [(method, path, statuses) for _, method, path, statuses in TABLE if method == "get"]
    wrong = {path: (got, said) for method, path, said in rows if (got := answers(site, method, path)) != said}
    assert wrong == {}


@pytest.mark.parametrize(
    ("method", "path", "statuses"), [row[1:] for row in TABLE if row[1] != "get"], ids=lambda value: str(value)[:40]
)
def test_who_may_write_what(site: Site, method: str, path: str, statuses: Statuses) -> None:
    assert answers(site, method, path) == statuses


LISTS = ("regions", "dataset-versions", "annotations", "tiles", "splits", "runs", "evaluations")


def test_a_list_shows_what_is_private_to_its_owner_and_administrators_alone(site: Site) -> None:
    for name in LISTS:
        found = {who: len(client.get(f"/api/v1/{name}").json()["results"]) for who, client in site.clients.items()}
        assert found["owner"] == found["administrator"] > 0, name
        assert [found[who] for who in ("anonymous", "viewer", "other", "curator")] == [0, 0, 0, 0], name


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [
        (Visibility.PUBLIC, ["anonymous", "viewer", "other", "curator", "owner", "administrator"]),
        (Visibility.INTERNAL, ["viewer", "other", "curator", "owner", "administrator"]),
        (Visibility.PRIVATE, ["owner", "administrator"]),
    ],
)
def test_each_visibility_has_its_readers(site: Site, visibility: Visibility, seen: list[str]) -> None:
    for model in (Region, Split, Run):
        model.objects.update(visibility=visibility)
    paths = ["/api/v1/regions/hills", "/api/v1/dataset-versions/hills", "/api/v1/tiles/{tile}"]
    paths += ["/api/v1/splits/hills", "/api/v1/runs/{run}"]
    paths += ["/api/v1/annotations/{annotation}", "/maptiles/raster/hills/dem/9/133/199.png", "/tiles/{tile}/"]
    for path in paths:
        place = path.format(**site.places)
        assert [name for name in PEOPLE if site.clients[name].get(place).status_code == 200] == seen, path


OPEN_TO_ALL = ("admin/login/", "admin/logout/", "admin/jsi18n/")
ADMIN_ROUTES = sorted(
    {route for route, _ in _leaves(get_resolver()) if route.startswith("admin/") and route not in OPEN_TO_ALL}
)


def test_the_administration_lets_no_one_else_in(site: Site) -> None:
    assert len(ADMIN_ROUTES) > 50
    for route in ADMIN_ROUTES:
        path = "/" + route.replace("<path:object_id>", "1").replace("<int:content_type_id>", "1").rstrip("$")
        got = {name: site.clients[name].get(path).status_code for name in ("anonymous", "viewer", "owner")}
        assert set(got.values()) <= {302, 403, 404}, path
