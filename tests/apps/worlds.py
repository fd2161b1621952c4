"""A small made world for tests of endpoints and map tiles: a region, a row of tiles, labels, a split, a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon

from apps.accounts.models import User, Visibility
from apps.annotations.models import Annotation, MapUnit
from apps.experiments.models import ClassScore, Domain, Evaluation, Run, TilePrediction
from apps.regions.models import Channel, Region
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels
from workers.records.channels import CATALOGUE
from workers.records.map_units import MAP_UNITS, SYMBOLS

WEST, SOUTH = -9_600_000.0, 4_430_000.0  # a corner in Kentucky, in metres of Web Mercator
SIDE = 500.0


def make_catalogue() -> None:
    for unit in MAP_UNITS:
        MapUnit.objects.get_or_create(
            symbol=unit.symbol, defaults={"mask_value": unit.mask_value, "name": unit.name, "colour": unit.colour}
        )
    for position, info in enumerate(CATALOGUE):
        fields = {"modality": info.modality, "title": info.title, "unit": info.unit, "kind": info.kind}
        Channel.objects.get_or_create(name=info.name, defaults={**fields, "position": position})


def square(left: float, bottom: float, side: float = SIDE) -> Polygon:
    polygon = Polygon.from_bbox((left, bottom, left + side, bottom + side))
    polygon.srid = 3857
    return polygon


def make_region(slug: str = "hills", *, visibility: str = Visibility.PUBLIC, owner: User | None = None) -> Region:
    return Region.objects.create(
        slug=slug,
        name=slug.title(),
        area="Hills County",
        origin=Region.Origin.MADE,
        crs="EPSG:3857",
        origin_x=WEST,
        origin_y=SOUTH + 4 * SIDE,
        pixel_size=SIDE / 256,
        width=1024,
        height=1024,
        boundary=MultiPolygon(square(WEST, SOUTH, 4 * SIDE), srid=3857),
        visibility=visibility,
        owner=owner,
    )


@dataclass(frozen=True)
class World:
    region: Region
    version: DatasetVersion
    revision: LabelRevision
    tiles: list[Tile]
    split: Split
    run: Run
    annotation: Annotation


def make_world(
    slug: str = "hills", *, visibility: str = Visibility.PUBLIC, owner: User | None = None, count: int = 8
) -> World:
    """Tiles 1 to `count` stand in a row from west to east, the last one without geometry.

    Odd ones hold Qal, even ones Qr, all Qc with 0.25.
    """
    make_catalogue()
    region = make_region(slug, visibility=visibility, owner=owner)
    version = DatasetVersion.objects.create(slug=slug, title=slug, made=True)
    revision = LabelRevision.objects.create(dataset_version=version, slug=f"{slug}-labels", classes=list(SYMBOLS))
    tiles = [_make_tile(region, version, number, has_place=number < count) for number in range(1, count + 1)]
    TileLabels.objects.bulk_create([_make_labels(tile, revision) for tile in tiles])
    split = _make_split(slug, version, tiles, visibility=visibility, owner=owner)
    run = _make_run(slug, split, revision, tiles, visibility=visibility, owner=owner)
    return World(region, version, revision, tiles, split, run, _make_annotation(region))


def _make_tile(region: Region, version: DatasetVersion, number: int, *, has_place: bool) -> Tile:
    fields: dict[str, Any] = {"region": region, "dataset_version": version, "number": number}
    fields["patch_id"] = f"{region.slug}_256_50_{number}"
    if has_place:
        left = WEST + (number - 1) * SIDE
        fields |= {"footprint": square(left, SOUTH), "bounds": [left, SOUTH, left + SIDE, SOUTH + SIDE]}
        fields |= {"col": (number - 1) * 256, "row": 768}
    return Tile.objects.create(**fields)


def _make_labels(tile: Tile, revision: LabelRevision) -> TileLabels:
    main = 1 if tile.number % 2 else 6
    areas = [0.75 if position == main else 0.25 if position == 4 else 0.0 for position in range(7)]
    return TileLabels(tile=tile, label_revision=revision, areas=areas, present=sorted((main, 4)))


def _make_split(name: str, version: DatasetVersion, tiles: Sequence[Tile], **whose: Any) -> Split:
    split = Split.objects.create(
        name=name, dataset_version=version, method="random", seed=111, checksum="0" * 64, **whose
    )
    subsets = [Subset.TRAIN, Subset.VAL, Subset.TEST_ID, Subset.TEST_CD]
    SplitMember.objects.bulk_create(
        [SplitMember(split=split, tile=tile, subset=subsets[index // 2 % 4]) for index, tile in enumerate(tiles)]
    )
    split.note_regions()
    return split


def _make_run(name: str, split: Split, revision: LabelRevision, tiles: Sequence[Tile], **whose: Any) -> Run:
    run = Run.objects.create(
        name=f"{name}-run",
        origin=Run.Origin.TRAINED,
        made=True,
        split=split,
        dataset_version=split.dataset_version,
        label_revision=revision,
        thresholds=dict.fromkeys(SYMBOLS, 0.5),
        **whose,
    )
    for subset, domain in ((Subset.TEST_ID, Domain.IN), (Subset.TEST_CD, Domain.CROSS)):
        evaluation = Evaluation.objects.create(
            run=run, split=split, subset=subset, domain=domain, label_revision=revision, tile_count=2
        )
        _make_scores(evaluation)
        for tile in (tile for tile in tiles if tile.memberships.filter(subset=subset)):
            TilePrediction.objects.create(evaluation=evaluation, tile=tile, probabilities=[0.1, 0.9, 0, 0, 0.6, 0, 0.2])
    return run


def _make_scores(evaluation: Evaluation) -> None:
    score = {"support": 1, "predicted": 2, "precision": 0.5, "recall": 1.0, "f1": 2 / 3, "threshold": 0.5}
    ClassScore.objects.bulk_create(
        [ClassScore(evaluation=evaluation, map_unit=unit, **score) for unit in MapUnit.objects.all()]
    )


def _make_annotation(region: Region) -> Annotation:
    unit = MapUnit.objects.get(symbol="Qal")
    return Annotation.objects.create(
        region=region, map_unit=unit, geometry=MultiPolygon(square(WEST, SOUTH), srid=3857)
    )
