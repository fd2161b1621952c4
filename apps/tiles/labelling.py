"""The kind `label-tiles`: a dataset version's labels at another threshold, beside those that it has."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from rest_framework import serializers

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.regions.models import Region
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import LabelRevision, Tile, TileLabels
from apps.tiles.planning import analyze
from apps.tiles.services import ensure_revision, revision_slug
from apps.tiles.staging import staged
from workers.errors import Conflict, InvalidInput
from workers.files import checksum_of
from workers.records.codec import from_data, to_data
from workers.records.labels import LabelledTiles, LabelTiles, check_threshold

TABLE = "areas.csv"
_AT_ONCE = 5000

_INSERT = """
INSERT INTO tiles_tilelabels (tile_id, label_revision_id, areas, present, mask_areas)
SELECT source.tile_id, %(revision)s, source.areas, staged.present, source.mask_areas
FROM staged_labels staged
JOIN tiles_tilelabels source ON source.label_revision_id = %(source)s AND source.tile_id = staged.tile_id
ORDER BY source.tile_id
"""


class LabelTilesParameters(serializers.Serializer[Any]):
    dataset_version = serializers.CharField(max_length=60)
    label_revision = serializers.CharField(
        max_length=60, required=False, help_text="Whose class areas are used; without it, the newest."
    )
    threshold = serializers.FloatField(help_text="A class is present where it has more than this share of the tile.")

    def validate_threshold(self, value: float) -> float:
        return check_threshold(value, field="threshold")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in which label revision the job stands for, so that it means the same when it runs."""
        source = _source(attrs, self.context["user"])
        _check_new(source, attrs["threshold"])
        return attrs | {"label_revision": source.slug}


def _source(params: Mapping[str, Any], user: User) -> LabelRevision:
    version = versions_visible_to(user).filter(slug=params["dataset_version"]).first()
    if version is None:
        raise InvalidInput(f"dataset_version: there is no dataset version {params['dataset_version']}.")
    hidden = Tile.objects.filter(dataset_version=version).exclude(region__in=Region.objects.visible_to(user))
    if hidden.exists():
        raise InvalidInput(f"dataset_version: {version} has tiles of regions that you may not see.")
    slug = params.get("label_revision")
    revisions = version.label_revisions.order_by("-created_at", "-pk")
    source = (revisions.filter(slug=slug) if slug else revisions).first()
    if source is None:
        raise InvalidInput(f"label_revision: {version} has no label revision{f' {slug}' if slug else ''}.")
    return source


def _check_new(source: LabelRevision, threshold: float) -> None:
    slug = revision_slug(source.dataset_version, threshold)
    if LabelRevision.objects.filter(slug=slug).exists():
        raise Conflict(f"There is a label revision {slug} already.")


def prepare_labels(job: Job, folder: Path) -> dict[str, Any]:
    """Write the class areas of the label revision that the parameters name."""
    source = _source(job.params, job.owner)
    _check_new(source, job.params["threshold"])
    rows = TileLabels.objects.filter(label_revision=source).order_by("tile_id").values_list("tile_id", "areas")
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("tile", "areas"))
        for tile, areas in rows.iterator(chunk_size=_AT_ONCE):
            writer.writerow((tile, " ".join(map(repr, areas))))
    spec: dict[str, Any] = to_data(LabelTiles(table=TABLE, threshold=job.params["threshold"]))
    return spec


@transaction.atomic
def record_labels(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store the new label revision with the areas of the one that it is made from."""
    found = from_data(LabelledTiles, result)
    source, threshold = _source(job.params, job.owner), job.params["threshold"]
    _check_new(source, threshold)
    revision = ensure_revision(
        version=source.dataset_version,
        classes=source.classes,
        checksum=checksum_of([source.checksum, threshold]),
        threshold=threshold,
    )
    with (folder / found.table.path).open(newline="", encoding="utf-8") as stream:
        rows = ((int(row["tile"]), list(map(int, row["present"].split()))) for row in csv.DictReader(stream))
        with staged("staged_labels", {"tile_id": "bigint", "present": "smallint[]"}, rows) as cursor:
            cursor.execute(_INSERT, {"revision": revision.pk, "source": source.pk})
    analyze(TileLabels)
    counts = {"tiles": found.tiles, "tiles_without_class": found.without}
    return {"dataset_version": source.dataset_version.slug, "label_revision": revision.slug, **counts}
