"""The administration shows a curator no row, and names none, of what is private to somebody else."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Visibility
from apps.regions.models import Channel, RegionRaster, Source
from apps.tiles.models import ChannelNorm
from tests.apps.worlds import World, make_world
from tests.conftest import Person

SHOWN_TO_ALL = {"annotations.mapunit": 7, "regions.channel": 38}
FOR_ADMINISTRATORS = {
    "accounts.user", "accounts.token", "accounts.auditentry", "jobs.job", "jobs.jobevent", "jobs.worker",
    "regions.upload",
}  # fmt: skip
REGISTERED = sorted(model._meta.label_lower for model in admin.site._registry)


@pytest.fixture
def secret(researcher: Person) -> World:
    """Two worlds, as a filter with one choice is not shown, and a row of everything, all their owner's alone."""
    make_world("secret-2", visibility=Visibility.PRIVATE, owner=researcher.user)
    world = make_world("secret", visibility=Visibility.PRIVATE, owner=researcher.user)
    files: dict[str, Any] = {"sha256": "a" * 64, "size": 1, "display_size": 1, "display_low": 0, "display_high": 1}
    RegionRaster.objects.create(region=world.region, channel=Channel.objects.all()[0], statistics={}, **files)
    Source.objects.create(region=world.region, role="dem", path="secret.tif", sha256="a" * 64, size=1)
    ChannelNorm.objects.create(dataset_version=world.version, region=world.region, channel_name="s", mean=0, std=1)
    return world


def changelist(person: Person, label: str) -> Any:
    client = Client()
    client.force_login(person.user)
    return client.get(reverse(f"admin:{label.replace('.', '_')}_changelist"))


@pytest.mark.parametrize("label", REGISTERED)
def test_a_curator_finds_nothing_private(secret: World, curator: Person, label: str) -> None:
    answer = changelist(curator, label)
    if label in FOR_ADMINISTRATORS:
        assert answer.status_code == 403
        return
    assert answer.context["cl"].result_count == SHOWN_TO_ALL.get(label, 0)
    assert "secret" not in answer.content.decode().lower()


@pytest.mark.parametrize("label", sorted(set(REGISTERED) - FOR_ADMINISTRATORS))
def test_a_curator_finds_what_is_public_and_an_administrator_everything(
    secret: World, curator: Person, administrator: Person, label: str
) -> None:
    own = changelist(administrator, label).context["cl"].result_count
    assert own > 0
    type(secret.region).objects.update(visibility=Visibility.PUBLIC)
    type(secret.split).objects.update(visibility=Visibility.PUBLIC)
    type(secret.run).objects.update(visibility=Visibility.PUBLIC)
    assert changelist(curator, label).context["cl"].result_count == own


@pytest.mark.parametrize("label", ["tiles.tile", "annotations.annotation"])
def test_the_history_of_what_is_private_is_not_there(
    secret: World, curator: Person, administrator: Person, label: str
) -> None:
    row: Any = secret.tiles[0] if label == "tiles.tile" else secret.annotation
    name = f"admin:{label.replace('.', '_')}"
    paths = [
        reverse(f"{name}_history", args=[row.pk]),
        reverse(f"{name}_simple_history", args=[row.pk, row.history.get().pk]),
    ]
    for person, status in ((curator, 404), (administrator, 200)):
        client = Client()
        client.force_login(person.user)
        assert [client.get(path).status_code for path in paths] == [status, status]


@pytest.mark.parametrize("tail", ["x/history/", "x/history/1/", "{pk}/history/x/", "99/history/"])
def test_a_history_that_does_not_exist_is_not_there(secret: World, administrator: Person, tail: str) -> None:
    client = Client()
    client.force_login(administrator.user)
    assert client.get(f"/admin/tiles/tile/{tail.format(pk=secret.tiles[0].pk)}").status_code == 404


def test_a_curator_who_is_shown_a_run_reads_no_name_of_what_is_private(secret: World, curator: Person) -> None:
    type(secret.run).objects.filter(pk=secret.run.pk).update(name="lent")
    secret.run.shared_with.add(curator.user)
    client = Client()
    client.force_login(curator.user)
    rows = [("run", secret.run.pk), *(("evaluation", row.pk) for row in secret.run.evaluations.all())]
    paths = [reverse(f"admin:experiments_{kind}_change", args=[pk]) for kind, pk in rows]
    for path in (
        *paths,
        reverse("admin:experiments_run_changelist"),
        reverse("admin:experiments_evaluation_changelist"),
    ):
        said = client.get(path).content.decode().lower()
        assert "lent" in said
        assert "secret" not in said


def test_a_curator_who_is_shown_a_split_does_not_read_its_private_version(secret: World, curator: Person) -> None:
    type(secret.split).objects.filter(pk=secret.split.pk).update(name="lent")
    secret.split.shared_with.add(curator.user)
    client = Client()
    client.force_login(curator.user)
    path = reverse("admin:splits_split_change", args=[secret.split.pk])
    for said in (client.get(path).content.decode(), changelist(curator, "splits.split").content.decode()):
        assert "lent" in said
        assert "secret" not in said.lower()
