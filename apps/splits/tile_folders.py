"""The kind `import-tiles`: a folder of tile files into regions with rasters, tiles, labels and a split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from rest_framework import serializers

from apps.accounts.models import Visibility
from apps.jobs.models import Job
from apps.splits.models import SplitMember
from apps.splits.rebuilt import Recording
from apps.splits.targets import Target, metadata_in
from apps.tiles.models import Tile, TileLabels, is_version_name
from apps.tiles.planning import analyze
from apps.tiles.processing import SLUG
from apps.tiles.roots import checked_folder
from workers.records.codec import from_data, to_data
from workers.records.tile_folders import ReadTiles, TilesResult


class Renames(serializers.DictField):
    """New short names by those in the folder, as an object or in one string such as `warren=my-warren`."""

    child = serializers.RegexField(SLUG)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, str):
            pairs = [pair.partition("=") for pair in data.split(",") if pair.strip()]
            data = {old.strip(): new.strip() for old, _, new in pairs}
        found: dict[str, str] = super().to_internal_value(data)
        return found


class ImportTilesParameters(serializers.Serializer[Any]):
    folder = serializers.CharField(max_length=1000, help_text="A folder on the server, inside one of the import roots.")
    on_disagreement = serializers.ChoiceField(
        choices=("refuse", "first"),
        default="refuse",
        help_text="What to do where tiles that overlap disagree: refuse them, or keep the pixels of the first.",
    )
    dataset_version = serializers.CharField(
        max_length=60,
        validators=[is_version_name],
        required=False,
        help_text="What the tiles belong to; without it, what the folder says.",
    )
    rename = Renames(required=False, default=dict, help_text="New short names of regions by those in the folder.")
    visibility = serializers.ChoiceField(
        choices=Visibility.choices, required=False, help_text="Who may see regions of your own."
    )

    def validate_folder(self, value: str) -> str:
        return str(checked_folder(value))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        Target(attrs, metadata_in(Path(attrs["folder"]))).check(self.context["user"])
        return attrs


def prepare_tiles(job: Job, folder: Path) -> dict[str, Any]:
    source = checked_folder(job.params["folder"])
    Target(job.params, metadata_in(source)).check(job.owner)
    reserve = settings.EARTHSCAPE_UPLOAD_RESERVE_MIB << 20
    data: dict[str, Any] = to_data(ReadTiles(str(source), job.params["on_disagreement"], reserve))
    return data


@transaction.atomic
def record_tiles(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store what was read and rebuilt, whole or not at all.

    1. One import at a time; the names are checked once more.
    2. The version, the regions on the grids of their rasters, the label revision.
    3. Tiles and labels; tiles of other versions find their places on the grids.
    4. Boundaries, rasters, sources, channel statistics, and the split.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import-dataset'))")
    found = from_data(TilesResult, result)
    target = Target(job.params, found.metadata)
    target.check(job.owner)
    shown = Recording(job, folder, found, target).run()
    analyze(Tile, TileLabels, SplitMember)
    return shown
