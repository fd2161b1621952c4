"""The administration: maps under the policy, history, and who may change what."""

from collections.abc import Callable

import pytest

from apps.accounts.models import AuditEntry, Role, User
from apps.annotations.models import Annotation
from apps.tiles.models import Tile
from tests.browser.conftest import Site, Visit

VisitAs = Callable[[Role], Visit]


@pytest.fixture
def annotation(site: Site) -> Annotation:
    return site.landscape.home.annotations.order_by("pk")[0]


def test_a_curator_edits_an_annotation_and_finds_its_history(visit_as: VisitAs, annotation: Annotation) -> None:
    visit = visit_as(Role.CURATOR)
    page = visit.open(f"/admin/annotations/annotation/{annotation.pk}/change/")
    page.locator(".leaflet-overlay-pane path").first.wait_for()
    page.screenshot(path="var/screenshots/admin-annotation-1280.png")
    page.get_by_label("Comment").fill("checked in the field")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    changed = Annotation.objects.get(pk=annotation.pk)
    assert (changed.comment, changed.revision) == ("checked in the field", 2)
    page = visit.open(f"/admin/annotations/annotation/{annotation.pk}/history/")
    assert page.get_by_text("curator").count() >= 1
    assert AuditEntry.objects.filter(action="annotation.changed-in-admin", target_id=str(annotation.pk)).exists()


def test_saving_what_is_as_it_was_is_no_edit(visit_as: VisitAs, site: Site) -> None:
    annotation = site.landscape.home.annotations.order_by("pk")[2]
    page = visit_as(Role.CURATOR).open(f"/admin/annotations/annotation/{annotation.pk}/change/")
    page.locator("#id_geometry-map path").first.wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    same = Annotation.objects.get(pk=annotation.pk)
    assert (same.revision, same.geometry.wkb) == (annotation.revision, annotation.geometry.wkb)


def test_the_second_of_two_curators_is_told(visit_as: VisitAs, site: Site) -> None:
    annotation = site.landscape.home.annotations.order_by("pk")[1]
    page = visit_as(Role.CURATOR).open(f"/admin/annotations/annotation/{annotation.pk}/change/")
    Annotation.objects.filter(pk=annotation.pk).update(revision=7)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Someone else has changed this annotation").wait_for()


def test_a_vertex_is_moved_on_the_map(visit_as: VisitAs, site: Site) -> None:
    annotation = site.landscape.home.annotations.filter(map_unit__symbol="Qaf").first()
    assert annotation is not None
    visit = visit_as(Role.CURATOR)
    visit.expected = ["Deprecated use of _flat"]  # Leaflet.draw's own
    page = visit.open(f"/admin/annotations/annotation/{annotation.pk}/change/")
    page.locator(".leaflet-draw-edit-edit").click()
    corner = page.locator(".leaflet-editing-icon").first.bounding_box()
    assert corner is not None
    page.mouse.move(corner["x"] + 4, corner["y"] + 4)
    page.mouse.down()
    page.mouse.move(corner["x"] + 30, corner["y"] + 20, steps=4)
    page.mouse.up()
    page.get_by_role("link", name="Save", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    moved = Annotation.objects.get(pk=annotation.pk)
    assert not moved.geometry.equals_exact(annotation.geometry, 1.0)
    assert moved.geometry.distance(annotation.geometry) == 0


def test_a_curator_marks_a_tile_as_not_valid(visit_as: VisitAs, site: Site) -> None:
    tile = site.landscape.tile
    page = visit_as(Role.CURATOR).open(f"/admin/tiles/tile/{tile.pk}/change/")
    page.locator(".leaflet-overlay-pane path").first.wait_for()
    page.get_by_label("Valid", exact=True).uncheck()
    page.get_by_label("Validity note").fill("clouds")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    assert Tile.objects.filter(pk=tile.pk, valid=False, validity_note="clouds").exists()
    Tile.objects.filter(pk=tile.pk).update(valid=True, validity_note="")


def test_a_curator_sees_no_people(visit_as: VisitAs, site: Site) -> None:
    visit = visit_as(Role.CURATOR)
    visit.expected = ["403"]
    page = visit.open("/admin/")
    assert page.get_by_role("link", name="Users").count() == 0
    assert page.goto(f"{site.base}/admin/accounts/user/{site.people[Role.CURATOR].pk}/change/").status == 403  # type: ignore[union-attr]  # there is a reply


def test_a_researcher_does_not_enter(visit_as: VisitAs) -> None:
    page = visit_as(Role.RESEARCHER).open("/admin/")
    assert "/admin/login/" in page.url


def test_an_administrator_changes_a_role_but_makes_no_superuser(visit_as: VisitAs, site: Site) -> None:
    viewer = site.people[Role.VIEWER]
    page = visit_as(Role.ADMIN).open(f"/admin/accounts/user/{viewer.pk}/change/")
    assert page.locator("input[name=is_superuser], input[name=is_staff]").count() == 0
    page.get_by_label("Role").select_option("curator")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    changed = User.objects.get(pk=viewer.pk)
    assert (changed.role, changed.is_staff, changed.is_superuser) == ("curator", True, False)
    assert AuditEntry.objects.filter(action="user.role-changed", target_id=str(viewer.pk)).exists()
