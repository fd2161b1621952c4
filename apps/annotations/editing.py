"""Changes of annotations by curators. Each leaves the earlier state in the history and a row in the audit log."""

from typing import Any

from django.contrib.gis.geos import MultiPolygon
from django.db import transaction

from apps.accounts.models import Role, User
from apps.accounts.services import record_audit
from apps.annotations.geometry import check_within
from apps.annotations.models import Annotation, MapUnit
from apps.regions.models import Region
from workers.errors import Conflict, NotFound, PermissionDenied


@transaction.atomic
def create_annotation(
    *, actor: User, region: Region, map_unit: MapUnit, geometry: MultiPolygon, comment: str = ""
) -> Annotation:
    _check_role(actor)
    check_within(geometry, region)
    annotation = Annotation(region=region, map_unit=map_unit, geometry=geometry, comment=comment)
    annotation._history_user = actor  # type: ignore[attr-defined]  # how django-simple-history is told
    annotation.save()
    _record(actor, "annotation.created", annotation)
    return annotation


@transaction.atomic
def change_annotation(*, actor: User, pk: int, revision: int, changes: dict[str, Any]) -> Annotation:
    """Change map unit, geometry or comment of the revision that the curator saw.

    1. Lock the row and compare its revision, so that of two curators who saw the same one the second is told.
    2. Check a new geometry against the region.
    3. Raise the revision; saving writes the history.
    """
    _check_role(actor)
    annotation = _locked(actor, pk, revision)
    if "geometry" in changes:
        check_within(changes["geometry"], annotation.region)
    for name, value in changes.items():
        setattr(annotation, name, value)
    annotation.revision += 1
    annotation._history_user = actor  # type: ignore[attr-defined]  # how django-simple-history is told
    annotation.save()
    _record(actor, "annotation.changed", annotation, fields=sorted(changes))
    return annotation


@transaction.atomic
def delete_annotation(*, actor: User, pk: int, revision: int) -> None:
    _check_role(actor)
    annotation = _locked(actor, pk, revision)
    _record(actor, "annotation.deleted", annotation)
    annotation._history_user = actor  # type: ignore[attr-defined]  # how django-simple-history is told
    annotation.delete()


def _check_role(actor: User) -> None:
    if not actor.has_role(Role.CURATOR):
        raise PermissionDenied("Only a curator may change annotations.")


def _locked(actor: User, pk: int, revision: int) -> Annotation:
    visible = Annotation.objects.visible_to(actor).select_for_update(of=("self",)).select_related("region", "map_unit")
    annotation = visible.filter(pk=pk).first()
    if annotation is None:
        raise NotFound(f"There is no annotation {pk}.")
    if annotation.revision != revision:
        raise Conflict(
            f"Annotation {pk} is at revision {annotation.revision}; you saw {revision}. Look at it again first."
        )
    return annotation


def _record(actor: User, action: str, annotation: Annotation, **detail: Any) -> None:
    facts = {"region": annotation.region.slug, "map_unit": annotation.map_unit.symbol, "revision": annotation.revision}
    record_audit(actor=actor, action=action, target=annotation, detail=facts | detail)
