from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from apps.accounts.models import Role
from apps.jobs.claiming import claim
from apps.jobs.finishing import fail
from apps.jobs.models import Job
from tests.conftest import Person

JOBS = "/api/v1/jobs/"


def post(person: Person, *, kind: str = "count", params: object = None, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return person.client.post(JOBS, {"kind": kind, "params": params or {}}, format="json", headers=headers)


def test_a_post_makes_a_job(researcher: Person) -> None:
    reply = post(researcher, params={"steps": 2})
    body = reply.json()
    assert reply.status_code == 201
    assert reply["Location"].endswith(f"/api/v1/jobs/{body['id']}")
    assert (body["kind"], body["state"], body["owner"]) == ("count", "queued", researcher.user.username)
    assert body["params"] == {"steps": 2, "pause": 0.0}


def test_the_same_key_gives_the_same_job(researcher: Person) -> None:
    first, second = post(researcher, key="one"), post(researcher, key="one")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert Job.objects.count() == 1


def test_the_same_key_with_other_content_is_refused(researcher: Person) -> None:
    post(researcher, key="one")
    reply = post(researcher, params={"steps": 3}, key="one")
    assert (reply.status_code, reply["Content-Type"]) == (409, "application/problem+json")


def test_another_owner_may_use_the_same_key(researcher: Person, curator: Person) -> None:
    assert post(researcher, key="one").status_code == 201
    assert post(curator, key="one").status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "count", "params": {"steps": -1}}, "params"),
        ({"kind": "count", "params": {"stepps": 1}}, "params"),
        ({"kind": "count", "params": [1]}, "params"),
        ({"kind": "dig"}, "kind"),
        ({}, "kind"),
        ({"kind": "count", "owner": 1}, "owner"),
    ],
)
def test_wrong_input_is_refused_by_field(researcher: Person, body: dict[str, Any], field: str) -> None:
    reply = researcher.client.post(JOBS, body, format="json")
    assert reply.status_code == 400
    assert list(reply.json()["errors"]) == [field]


def test_a_key_that_is_too_long_is_refused(researcher: Person) -> None:
    assert post(researcher, key="k" * 129).status_code == 400


def test_anonymous_gets_401(anonymous: APIClient, researcher: Person) -> None:
    job = post(researcher).json()["id"]
    paths = ["", f"{job}", f"{job}/events", f"{job}/log"]
    assert {anonymous.get(JOBS + path).status_code for path in paths} == {401}
    posts = ["", f"{job}/cancel", f"{job}/retry"]
    assert {anonymous.post(JOBS + path, {}, format="json").status_code for path in posts} == {401}


def test_a_viewer_may_not_submit(viewer: Person) -> None:
    assert post(viewer).status_code == 403


def test_a_strangers_job_does_not_exist(researcher: Person, person: Callable[[Role], Person]) -> None:
    job, other = post(researcher).json()["id"], person(Role.RESEARCHER).client
    assert {other.get(f"{JOBS}{job}{path}").status_code for path in ("", "/events", "/log")} == {404}
    assert {other.post(f"{JOBS}{job}/{verb}").status_code for verb in ("cancel", "retry")} == {404}
    assert other.get(JOBS).json()["results"] == []


def test_an_administrator_sees_and_cancels_all(researcher: Person, administrator: Person) -> None:
    job = post(researcher).json()["id"]
    assert [row["id"] for row in administrator.client.get(JOBS).json()["results"]] == [job]
    assert administrator.client.post(f"{JOBS}{job}/cancel").json()["state"] == "cancelled"


@pytest.mark.parametrize(("method", "path"), [("delete", "1"), ("put", "1"), ("patch", "1"), ("get", "1/cancel")])
def test_other_methods_are_refused(researcher: Person, method: str, path: str) -> None:
    assert getattr(researcher.client, method)(JOBS + path).status_code == 405


def test_the_list_is_newest_first_paged_and_filtered(researcher: Person) -> None:
    ids = [post(researcher).json()["id"] for _ in range(3)]
    researcher.client.post(f"{JOBS}{ids[0]}/cancel")
    page = researcher.client.get(JOBS, {"page_size": 2}).json()
    assert [row["id"] for row in page["results"]] == [ids[2], ids[1]]
    assert [row["id"] for row in researcher.client.get(page["next"]).json()["results"]] == [ids[0]]
    assert [row["id"] for row in researcher.client.get(JOBS, {"state": "cancelled"}).json()["results"]] == [ids[0]]
    assert researcher.client.get(JOBS, {"state": "lost"}).status_code == 400


def test_the_list_takes_two_queries(researcher: Person, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(5):
        post(researcher)
    with django_assert_num_queries(2):
        researcher.client.get(JOBS)


def test_a_finished_job_cannot_be_cancelled(researcher: Person) -> None:
    job = post(researcher).json()["id"]
    hold = claim(job_id=job, worker="here")
    assert hold is not None
    fail(hold, message="the moon is out of reach")
    reply = researcher.client.post(f"{JOBS}{job}/cancel")
    assert (reply.status_code, reply.json()["detail"]) == (409, "The job has failed already.")


def test_a_failed_job_can_be_tried_again(researcher: Person) -> None:
    job = post(researcher).json()["id"]
    hold = claim(job_id=job, worker="here")
    assert hold is not None
    fail(hold, message="the moon is out of reach")
    body = researcher.client.post(f"{JOBS}{job}/retry").json()
    assert (body["state"], body["attempts"], body["error"]) == ("queued", 0, "")
    assert Job.objects.get(pk=job).fence == 1


def test_a_waiting_job_cannot_be_tried_again(researcher: Person) -> None:
    job = post(researcher).json()["id"]
    assert researcher.client.post(f"{JOBS}{job}/retry").status_code == 409


def test_too_many_unfinished_jobs_are_refused(researcher: Person, settings: Settings) -> None:
    settings.EARTHSCAPE_MAX_UNFINISHED_JOBS = 2
    assert [post(researcher).status_code for _ in range(3)] == [201, 201, 429]


def test_the_log_is_text(researcher: Person) -> None:
    job = post(researcher).json()["id"]
    researcher.client.post(f"{JOBS}{job}/cancel")
    reply = researcher.client.get(f"{JOBS}{job}/log")
    lines = reply.getvalue().decode().splitlines()
    assert reply["Content-Type"] == "text/plain; charset=utf-8"
    assert [line.split(" ", 2)[2] for line in lines] == ["queued Submitted", "cancelled Cancelled"]


def test_kinds_tell_their_parameters(researcher: Person) -> None:
    rows = {row["name"]: row for row in researcher.client.get("/api/v1/job-kinds/").json()["results"]}
    assert rows["count"]["parameters"]["properties"]["steps"] == {
        "type": "integer",
        "title": "Steps",
        "maximum": 10000,
        "minimum": 0,
        "default": 1,
    }
