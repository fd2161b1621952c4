"""The kind `process-region`: a specification into a region, its rasters, annotations, tiles and areas."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings
from django.db import transaction
from rest_framework import serializers

from apps.accounts.models import Visibility
from apps.annotations.models import MapUnit
from apps.annotations.recording import MappedArea, record_annotations
from apps.jobs.models import Job
from apps.jobs.parameters import MAX_CHARACTERS
from apps.jobs.strict_yaml import read_yaml
from apps.regions.projection import web_multipolygons
from apps.regions.recording import check_may_process, record_rasters, record_region_row, record_sources, stored_crs
from apps.tiles.helping import with_help
from apps.tiles.hosts import check_hosts
from apps.tiles.models import Tile, TileLabels, is_version_name
from apps.tiles.places import leave_crs
from apps.tiles.planning import analyze
from apps.tiles.processed import check_may_extend, record_processed_tiles
from apps.tiles.sources import (
    allowed_downloads,
    describe_downloads,
    describe_sources,
    source_paths,
    with_checked_paths,
)
from workers.errors import Conflict, InvalidInput
from workers.files import write_text
from workers.records.codec import from_data, to_data
from workers.records.region_checks import check_reassignment, check_region
from workers.records.regions import ProcessRegion, RegionResult, RegionSpec

SOURCES = "sources.json"
MOST_WORKERS = 16
SLUG = r"^[a-z0-9][a-z0-9-]{0,59}$"


class ProcessRegionParameters(serializers.Serializer[Any]):
    """The specification is a mapping or YAML text; its files lie in an import root or in the store's `sources`."""

    specification = serializers.JSONField(help_text="The region's specification, as an object or as YAML text.")
    visibility = serializers.ChoiceField(
        choices=Visibility.choices, required=False, help_text="Who may see the region; a made one is public."
    )
    dataset_version = serializers.CharField(
        max_length=60,
        validators=[is_version_name],
        required=False,
        help_text="The dataset version that the tiles belong to; without it, the region's slug.",
    )

    workers = serializers.IntegerField(
        min_value=1,
        max_value=MOST_WORKERS,
        required=False,
        help_text="How many workers compute it together; 1 if absent.",
    )

    def validate_specification(self, value: Any) -> dict[str, Any]:
        plain = read_yaml(value, longest=MAX_CHARACTERS) if isinstance(value, str) else value
        spec = from_data(RegionSpec, plain, where="" if isinstance(plain, dict) else "specification")
        _check_names(spec)
        check_region(spec)
        check_reassignment(spec.reassign, _symbols())
        check_may_process(slug=spec.slug, user=self.context["user"])
        check_hosts(spec)
        data: dict[str, Any] = to_data(with_checked_paths(spec, reader=self.context["user"]))
        return data

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        spec = attrs["specification"]
        attrs.setdefault("dataset_version", spec["slug"])
        if spec["made"]:
            attrs["visibility"] = Visibility.PUBLIC.value
        check_may_extend(slug=attrs["dataset_version"], user=self.context["user"])
        return attrs

    def input_manifest(self) -> dict[str, Any]:
        """Return what the sources are when the job is asked for; their checksums are taken when it runs."""
        spec = from_data(RegionSpec, self.validated_data["specification"])
        return {"files": {path: Path(path).stat().st_size for path in source_paths(spec)}}


def _check_names(spec: RegionSpec) -> None:
    if not re.fullmatch(SLUG, spec.slug):
        raise InvalidInput(
            f"specification.slug: {spec.slug[:60]!r} is not 1 to 60 small letters, digits and hyphens, the first of "
            "them no hyphen"
        )
    for name, value, longest in (("name", spec.name, 120), ("area", spec.area, 60)):
        if not 0 < len(value.strip()) <= len(value) <= longest or not value.isprintable():
            raise InvalidInput(f"specification.{name}: 1 to {longest} printable characters are expected")


def prepare_region(job: Job, folder: Path) -> dict[str, Any]:
    """Check the paths once more, take the checksums of the sources, and say which classes there are."""
    told = told_region(job)
    write_text(folder / SOURCES, json.dumps(describe_sources(told.region)))
    if (workers := job.params.get("workers", 1)) > 1:
        told = with_help(told, job=job, folder=folder, workers=workers)
    data: dict[str, Any] = to_data(told)
    return data


def told_region(job: Job) -> ProcessRegion:
    """What the child is told of the region that a job's parameters describe, its paths checked once more."""
    spec = with_checked_paths(from_data(RegionSpec, job.params["specification"]), reader=job.owner)
    stages = Path(settings.EARTHSCAPE_STORE) / "stages"
    return ProcessRegion(region=spec, stages=str(stages), classes=_classes(), downloads=allowed_downloads())


def _symbols() -> tuple[str, ...]:
    return tuple(MapUnit.objects.order_by("mask_value").values_list("symbol", flat=True))


def _classes() -> tuple[str, ...]:
    """The symbols in the order of their mask values. The mask is burnt with the position in this order, from 1.

    Raises:
        Conflict: the positions are not the mask values, so that the mask would be read as other units.
    """
    units = list(MapUnit.objects.order_by("mask_value"))
    if [unit.mask_value for unit in units] != list(range(1, len(units) + 1)):
        raise Conflict(f"The mask values of the map units must be 1 to {len(units)}: an administrator sets them.")
    return tuple(unit.symbol for unit in units)


@transaction.atomic
def record_region(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store what was processed, whole or not at all.

    1. The region's row: grid, boundary, notes.
    2. Rasters and sources with their checksums.
    3. The map's polygons as annotations.
    4. Tiles, windows and class areas in the dataset version that the parameters name.
    """
    found = from_data(RegionResult, result)
    spec = from_data(RegionSpec, job.params["specification"])
    boundary = shapely.from_geojson((folder / found.boundary.path).read_text(encoding="utf-8"))
    version, before = job.params.get("dataset_version", spec.slug), stored_crs(spec.slug)
    region = record_region_row(
        job=job, spec=spec, found=found, visibility=job.params.get("visibility"), boundary=boundary
    )
    leave_crs(region=region, before=before, version=version)
    rasters = record_rasters(region=region, job=job, folder=folder, rasters=found.channels)
    sources = json.loads((folder / SOURCES).read_text(encoding="utf-8"))
    record_sources(region=region, sources=sources + describe_downloads(spec, found.downloads))
    areas = _mapped_areas(folder / found.map_units.path, crs=found.grid.crs) if found.map_units else []
    annotations = record_annotations(region=region, areas=areas, user=job.owner)
    table = folder / found.tiles.path
    tiles, relabelled = record_processed_tiles(region=region, job=job, spec=spec, found=found, table=table)
    analyze(Tile, TileLabels)
    return {
        "region": region.slug,
        "dataset_version": version,
        "channels": rasters,
        "tiles": found.tile_count,
        **annotations,
        **tiles,
        "seams": len(found.quality.seams),
        "tiles_with_differing_areas": found.quality.areas.tiles if found.quality.areas else 0,
        "notes": [*found.notes, *_left_out(annotations["annotations_left_out"]), *relabelled],
    }


def _left_out(polygons: int) -> list[str]:
    if not polygons:
        return []
    return [f"polygons of the map that were left out, since curators have edited or deleted what they were: {polygons}"]


def _mapped_areas(path: Path, *, crs: str) -> list[MappedArea]:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    moved = web_multipolygons(list(shapes), crs=crs)
    symbols = [feature["properties"]["symbol"] for feature in features]
    return [MappedArea(symbol, geometry) for symbol, geometry in zip(symbols, moved, strict=True)]
