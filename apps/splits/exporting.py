"""The kind `export-dataset`: regions of a dataset version as a folder of tile files in the layout of EarthScape."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import serializers

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.regions.models import Region
from apps.splits.making import RegionSlugs, Words
from apps.splits.models import Split, SplitMember
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import ChannelNorm, LabelRevision, TileLabels
from workers.errors import InvalidInput
from workers.records.channels import canonical_name
from workers.records.codec import from_data, to_data
from workers.records.tile_folders import LAYOUTS, ExportDataset, ExportedRegion, ExportResult

TILES = "tiles.csv"
HEAD = ("patch_id", "region", "left", "bottom", "right", "top", "col", "row", "subset")
_PATCH_ID = re.compile(r"(?P<prefix>[A-Za-z0-9_-]*?)(?P<size>[0-9]{1,5})_(?P<overlap>[0-9]{1,2})_[1-9][0-9]*")


class ChannelNames(Words):
    """Names of channels, today's or those of v1.0."""

    child = serializers.RegexField(r"^[A-Za-z0-9_-]{1,40}\Z")

    def to_internal_value(self, data: Any) -> list[str]:
        return list(dict.fromkeys(canonical_name(name) or name for name in super().to_internal_value(data)))


class ExportDatasetParameters(serializers.Serializer[Any]):
    dataset_version = serializers.CharField(max_length=60)
    regions = RegionSlugs(required=False, default=list, help_text="Without any, all that you may see and have rasters.")
    label_revision = serializers.CharField(
        max_length=60, required=False, help_text="Areas and labels; without it, the newest of the dataset version."
    )
    split = serializers.CharField(max_length=80, required=False, help_text="A split whose subsets are written too.")
    layout = serializers.ChoiceField(choices=LAYOUTS, default="v1.1")
    channels = ChannelNames(required=False, default=list, help_text="Without any, all that each region has.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in what the job stands for at this time, so that it means the same when it runs."""
        plan = ExportPlan(attrs, self.context["user"])
        return attrs | {"regions": [region.slug for region in plan.regions], "label_revision": plan.revision.slug}


class ExportPlan:
    """The rows that the parameters name, as far as the user may see them.

    Raises:
        InvalidInput: one of them is not there for the user, or a region lacks a channel.
    """

    def __init__(self, params: Mapping[str, Any], user: User) -> None:
        self._params, self._user = params, user
        version = versions_visible_to(user).filter(slug=params["dataset_version"]).first()
        if version is None:
            raise InvalidInput(f"dataset_version: there is no dataset version {params['dataset_version']}.")
        self.version = version
        self.revision = self._revision()
        self.split = self._split()
        self.regions = self._regions()
        self.rasters = {region.slug: self._rasters(region) for region in self.regions}

    def _revision(self) -> LabelRevision:
        slug = self._params.get("label_revision")
        revisions = self.version.label_revisions.order_by("-created_at", "-pk")
        revision = (revisions.filter(slug=slug) if slug else revisions).first()
        if revision is None:
            which = f"label revision {slug}" if slug else "label revision: without areas and labels there is no table"
            raise InvalidInput(f"label_revision: {self.version} has no {which}.")
        return revision

    def _split(self) -> Split | None:
        name = self._params.get("split")
        if not name:
            return None
        split = Split.objects.visible_to(self._user).filter(dataset_version=self.version, name=name).first()
        if split is None:
            raise InvalidInput(f"split: {self.version} has no split {name}.")
        return split

    def _regions(self) -> list[Region]:
        here = Region.objects.visible_to(self._user).filter(tiles__dataset_version=self.version).distinct()
        wanted = self._params.get("regions") or []
        found = {region.slug: region for region in here.order_by("slug")}
        if missing := [slug for slug in wanted if slug not in found]:
            raise InvalidInput(f"regions: {self.version} has no region {missing[0]}.")
        chosen = [found[slug] for slug in wanted] or [region for region in found.values() if region.rasters.exists()]
        if not chosen:
            raise InvalidInput(f"regions: no region of {self.version} has rasters to cut tile files from.")
        if self.split and len({region.crs for region in chosen}) > 1:
            raise InvalidInput("split: its files have one CRS, and the regions more than one; export them one by one.")
        return chosen

    def _rasters(self, region: Region) -> dict[str, str]:
        """The path of each channel; the order is that of the catalogue."""
        root = Path(settings.EARTHSCAPE_STORE).resolve()
        rasters = region.rasters.select_related("channel").order_by("channel__position", "channel__name")
        paths = {raster.channel.name: str(root / raster.path) for raster in rasters}
        wanted = self._params.get("channels") or list(paths)
        if missing := [name for name in wanted if name not in paths]:
            raise InvalidInput(f"channels: region {region.slug} has no channel {', '.join(missing)}.")
        if not paths:
            raise InvalidInput(f"regions: {region.slug} has no rasters to cut tile files from.")
        return {name: path for name, path in paths.items() if name in wanted}

    def labels(self, region: Region) -> QuerySet[TileLabels]:
        """Areas and labels of the valid tiles that lie on the grid, in the order of their numbers."""
        labels = TileLabels.objects.filter(label_revision=self.revision, tile__region=region)
        placed = labels.filter(tile__valid=True, tile__col__isnull=False, tile__bounds__isnull=False)
        return placed.select_related("tile").defer("tile__footprint").order_by("tile__number", "tile_id")


def prepare_export(job: Job, folder: Path) -> dict[str, Any]:
    """Write the table of tiles and say where the rasters are; what the owner may see is asked once more."""
    plan = ExportPlan(job.params, job.owner)
    table = _Table(plan)
    with (folder / TILES).open("w", newline="", encoding="utf-8") as stream:
        table.write(stream)
    _check_prefixes(table.regions)
    told = ExportDataset(
        layout=job.params["layout"],
        dataset_version=plan.version.slug,
        title=plan.version.title,
        label_revision=plan.revision.slug,
        classes=tuple(plan.revision.classes),
        split=plan.split.name if plan.split else None,
        licence=plan.version.licence,
        citation=plan.version.citation,
        regions=tuple(table.regions),
        tiles=TILES,
        notes=tuple(table.notes),
        reserve=settings.EARTHSCAPE_UPLOAD_RESERVE_MIB << 20,
    )
    data: dict[str, Any] = to_data(told)
    return data


class _Table:
    """The table of the tiles to write, and what is known of their regions once it is written."""

    def __init__(self, plan: ExportPlan) -> None:
        self._plan = plan
        members = SplitMember.objects.filter(split=plan.split) if plan.split else SplitMember.objects.none()
        self._subsets = dict(members.values_list("tile_id", "subset"))
        self._members_written = 0
        self.regions: list[ExportedRegion] = []
        self.notes: list[str] = []

    def write(self, stream: TextIO) -> None:
        writer = csv.writer(stream)
        columns = [f"{kind}_{symbol}" for kind in ("area", "label") for symbol in self._plan.revision.classes]
        writer.writerow((*HEAD, *columns))
        for region in self._plan.regions:
            labels = list(self._plan.labels(region))
            self._describe(region, labels)
            writer.writerows(self._rows(region, labels))
        if missing := len(self._subsets) - self._members_written:
            of = f"{missing} of {len(self._subsets)} members of the split {self._plan.split}"
            self.notes.append(f"{of} are not among the tiles")

    def _describe(self, region: Region, labels: list[TileLabels]) -> None:
        self.regions.append(_described(self._plan, region, labels))
        self._members_written += sum(labelled.tile_id in self._subsets for labelled in labels)
        if left_out := region.tiles.filter(dataset_version=self._plan.version).count() - len(labels):
            reason = "not valid, off the grid, or without labels"
            self.notes.append(f"{region.slug}: {left_out} tiles left out: {reason}")

    def _rows(self, region: Region, labels: list[TileLabels]) -> Iterator[tuple[Any, ...]]:
        classes = range(len(self._plan.revision.classes))
        for labelled in labels:
            tile, present = labelled.tile, set(labelled.present)
            place = (*(tile.bounds or ()), tile.col, tile.row, self._subsets.get(tile.pk, ""))
            has = (int(position in present) for position in classes)
            yield (tile.patch_id, region.slug, *place, *labelled.areas, *has)


def _described(plan: ExportPlan, region: Region, labels: list[TileLabels]) -> ExportedRegion:
    if not labels or region.grid is None:
        raise InvalidInput(f"regions: {region.slug} has no tile with a place and labels in {plan.revision}.")
    prefix, size, overlap = _parts_of(labels[0].tile.patch_id)
    stem = f"{prefix}{size}_{overlap}_"
    for labelled in labels:
        tile = labelled.tile
        if not tile.patch_id.startswith(stem) or tile.size != size:
            raise InvalidInput(f"{tile.patch_id}: no tile of {size} px whose id begins with {stem}, as the others are.")
    return ExportedRegion(
        slug=region.slug,
        name=region.name,
        area=region.area,
        made=region.origin == Region.Origin.MADE,
        prefix=prefix,
        overlap=overlap,
        tile_px=size,
        grid=region.grid,
        rasters=plan.rasters[region.slug],
        statistics=_statistics(plan, region),
    )


def _parts_of(patch_id: str) -> tuple[str, int, int]:
    match = _PATCH_ID.fullmatch(patch_id)
    if match is None:
        raise InvalidInput(f"{patch_id}: no id such as 256_50_1, from which its file could be told.")
    return match["prefix"], int(match["size"]), int(match["overlap"])


def _statistics(plan: ExportPlan, region: Region) -> dict[str, tuple[float, float]]:
    """Those published with the dataset version; without any, those of all pixels of the region."""
    norms = ChannelNorm.objects.filter(dataset_version=plan.version, region=region).order_by("pk")
    found = {norm.channel_name: (norm.mean, norm.std) for norm in norms}
    if found:
        return found
    known = region.rasters.select_related("channel").order_by("channel__position", "channel__name")
    pairs = {raster.channel.name: (raster.statistics.get("mean"), raster.statistics.get("std")) for raster in known}
    return {name: (mean, std) for name, (mean, std) in pairs.items() if mean is not None and std is not None}


def _check_prefixes(regions: list[ExportedRegion]) -> None:
    stems = [(region.prefix, region.tile_px, region.overlap) for region in regions]
    if len(set(stems)) < len(stems):
        raise InvalidInput("regions: the ids of two of them begin alike, so their files could not be told apart.")


def record_export(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Say where the folder is; it is kept with the job."""
    found = from_data(ExportResult, result)
    (folder / TILES).unlink(missing_ok=True)
    return {
        "folder": str(folder / found.folder),
        **{name: job.params[name] for name in ("dataset_version", "label_revision", "layout", "regions")},
        "split": job.params.get("split"),
        "tiles": found.tiles,
        "files": found.files,
        "bytes": found.bytes,
        "manifest": found.manifest.path,
        "manifest_sha256": found.manifest.sha256,
        "notes": list(found.notes),
    }
