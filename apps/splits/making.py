"""The kind `make-split`: tiles of regions at home and away into a split that is spatially independent."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction
from rest_framework import serializers

from apps.accounts.models import User, Visibility
from apps.jobs.models import Job
from apps.jobs.names import is_taken
from apps.regions.models import Region
from apps.splits.models import Split, SplitMember
from apps.tiles.counting import versions_visible_to
from apps.tiles.models import DatasetVersion, Tile
from apps.tiles.planning import analyze
from workers.errors import Conflict, InvalidInput
from workers.records.codec import from_data, to_data
from workers.records.splits import MakeSplit, SplitResult

METHOD = "random, spatially independent"
TILES = "tiles.csv"
HEAD = ("tile", "patch_id", "domain", "left", "bottom", "right", "top", "crs")
LARGEST = 10_000_000


class Words(serializers.ListField):
    """Names, as a list or in one string with commas, each once."""

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, str):
            data = [word.strip() for word in data.split(",") if word.strip()]
        words: list[str] = super().to_internal_value(data)
        return list(dict.fromkeys(words))


class RegionSlugs(Words):
    """Short names of regions."""

    child = serializers.SlugField(max_length=60)


class MakeSplitParameters(serializers.Serializer[Any]):
    name = serializers.SlugField(max_length=80, help_text="A new name.")
    dataset_version = serializers.CharField(max_length=60)
    in_domain = RegionSlugs(help_text="Regions to train, validate and test in.")
    cross_domain = RegionSlugs(required=False, default=list, help_text="Regions never seen in training.")
    test_size = serializers.IntegerField(min_value=1, max_value=LARGEST)
    val_size = serializers.IntegerField(min_value=1, max_value=LARGEST)
    cross_size = serializers.IntegerField(min_value=0, max_value=LARGEST, default=0)
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=111)
    visibility = serializers.ChoiceField(Visibility.choices, default=Visibility.PRIVATE)

    def validate_dataset_version(self, value: str) -> str:
        if not versions_visible_to(self.context["user"]).filter(slug=value).exists():
            raise serializers.ValidationError(f"There is no dataset version {value}.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if both := sorted(set(attrs["in_domain"]) & set(attrs["cross_domain"])):
            raise serializers.ValidationError({"cross_domain": f"{both[0]} is among the regions at home too."})
        if attrs["cross_size"] and not attrs["cross_domain"]:
            raise serializers.ValidationError({"cross_domain": "Name the regions that the cross-domain test is from."})
        for name in ("in_domain", "cross_domain"):
            regions = _regions(attrs[name], self.context["user"], field=name)
            _check_visibility(attrs["visibility"], regions)
        if is_taken(attrs["name"], among=Split.objects.all(), by_others_than=(self.context["user"], attrs)):
            raise serializers.ValidationError({"name": f"There is a split {attrs['name']} already."})
        return attrs


def _regions(slugs: list[str], user: User, *, field: str) -> list[Region]:
    found = {region.slug: region for region in Region.objects.visible_to(user).filter(slug__in=slugs)}
    if missing := [slug for slug in slugs if slug not in found]:
        raise serializers.ValidationError({field: f"There is no region {missing[0]}."})
    return [found[slug] for slug in slugs]


def _check_visibility(visibility: str, regions: list[Region]) -> None:
    """What is drawn from a region is not shown to more people than the region itself."""
    for region in regions:
        if Visibility(visibility).openness > Visibility(region.visibility).openness:
            raise serializers.ValidationError(
                {"visibility": f"Region {region.slug} is {region.visibility}: the split cannot be {visibility}."}
            )


def prepare_split(job: Job, folder: Path) -> dict[str, Any]:
    """Write the tiles with a footprint, region by region as named, each in the order of its numbers."""
    params = job.params
    if Split.objects.filter(name=params["name"]).exists():
        raise Conflict(f"There is a split {params['name']} already.")
    with (folder / TILES).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEAD)
        for domain, field in (("in", "in_domain"), ("cross", "cross_domain")):
            for slug in params[field]:
                writer.writerows(_rows(slug, domain, job))
    sizes = {name: params[name] for name in ("seed", "test_size", "val_size", "cross_size")}
    spec: dict[str, Any] = to_data(MakeSplit(tiles=TILES, **sizes))
    return spec


def _rows(slug: str, domain: str, job: Job) -> list[tuple[Any, ...]]:
    region = Region.objects.visible_to(job.owner).filter(slug=slug).first()
    if region is None:
        raise InvalidInput(f"There is no region {slug}.")
    tiles = Tile.objects.filter(region=region, dataset_version__slug=job.params["dataset_version"], valid=True)
    placed = tiles.filter(bounds__isnull=False).order_by("number").values_list("pk", "patch_id", "bounds")
    rows = [(tile, patch_id, domain, *bounds, region.crs) for tile, patch_id, bounds in placed if bounds]
    if not rows:
        raise InvalidInput(f"Region {slug} has no tile with a footprint in {job.params['dataset_version']}.")
    return rows


@transaction.atomic
def record_split(job: Job, folder: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    """Store the split and its members, by COPY, unless some of their tiles have been made anew since."""
    found = from_data(SplitResult, result)
    _hold_regions(job)
    version = DatasetVersion.objects.get(slug=job.params["dataset_version"])
    split = _create(
        name=job.params["name"],
        dataset_version=version,
        method=METHOD,
        seed=job.params["seed"],
        params={name: value for name, value in job.params.items() if name not in ("name", "visibility")},
        checksum=found.checksum,
        sizes=found.sizes,
        dropped=found.dropped,
        owner=job.owner,
        visibility=job.params["visibility"],
        job=job,
    )
    _copy_members(split, folder / found.members)
    _check_tiles(split)
    split.note_regions()
    analyze(SplitMember)
    return {"split_id": split.pk, "split": split.name, "sizes": found.sizes, "dropped": found.dropped}


def _create(*, name: str, **values: Any) -> Split:
    try:
        with transaction.atomic():
            return Split.objects.create(name=name, **values)
    except IntegrityError as error:
        raise Conflict(f"There is a split {name} already.") from error


def _copy_members(split: Split, path: Path) -> None:
    statement = "COPY splits_splitmember (split_id, tile_id, subset) FROM STDIN"
    with (
        path.open(newline="", encoding="utf-8") as stream,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in csv.DictReader(stream):
            copy.write_row((split.pk, int(row["tile"]), row["subset"]))


def _hold_regions(job: Job) -> None:
    """Lock the regions: a processing of one that is being recorded is waited for, and a later one finds the split."""
    slugs = [*job.params["in_domain"], *job.params["cross_domain"]]
    list(Region.objects.select_for_update(no_key=True).filter(slug__in=slugs).order_by("pk"))


def _check_tiles(split: Split) -> None:
    there = Tile.objects.filter(memberships__split=split)
    if gone := split.members.count() - there.count():
        raise Conflict(
            f"Tiles were replaced since the split was drawn, by processing their region: {gone}. Draw it again."
        )
