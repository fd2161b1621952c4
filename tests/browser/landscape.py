"""A small made landscape: two regions with rasters and map units, tiles, a split, three runs; and a published area."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from django.contrib.gis.geos import MultiPolygon, Polygon
from numpy.typing import NDArray
from rasterio.features import shapes

from apps.accounts.models import Visibility
from apps.annotations.models import Annotation, MapUnit
from apps.experiments.models import ClassScore, Domain, Evaluation, Run, TilePrediction
from apps.regions.models import Channel, Region, RegionRaster
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels
from tests.apps.worlds import make_catalogue
from workers.evaluation.scores import score_classes
from workers.rasters.qc import statistics_of
from workers.records.codec import to_data
from workers.records.map_units import SYMBOLS

PIXELS = 512
PIXEL = 4.0
TILE = 64
STEP = 32
CORNER = (-9_600_000.0, 4_430_000.0)
Raster = NDArray[np.float64]


@dataclass(frozen=True)
class Landscape:
    home: Region
    away: Region
    published: Region
    split: Split
    runs: list[Run]
    tile: Tile


def make_landscape(store: Path) -> Landscape:
    make_catalogue()
    random = np.random.default_rng(7)
    version = DatasetVersion.objects.create(slug="demo", title="Made hills", made=True)
    revision = LabelRevision.objects.create(dataset_version=version, slug="demo-labels", classes=list(SYMBOLS))
    home = _region(store, "made-hills", offset=0.0, random=random)
    away = _region(store, "made-valley", offset=PIXELS * PIXEL * 1.2, random=random)
    tiles = {region.pk: _tiles(region, version, revision, store) for region in (home, away)}
    split = _split(version, tiles[home.pk], tiles[away.pk])
    runs = [_run(name, split, revision, noise, random) for name, noise in RUNS.items()]
    return Landscape(home, away, _published(), split, runs, tiles[home.pk][100])


RUNS = {"demo-dem": 0.9, "demo-slope": 0.5, "demo-rgb": 1.4}


def _region(store: Path, slug: str, *, offset: float, random: np.random.Generator) -> Region:
    left, top = CORNER[0] + offset, CORNER[1] + PIXELS * PIXEL
    side = PIXELS * PIXEL
    box = Polygon.from_bbox((left, top - side, left + side, top))
    region = Region.objects.create(
        slug=slug,
        name=slug.replace("-", " ").capitalize(),
        area="Made county" if slug == "made-hills" else "Made neighbour",
        origin=Region.Origin.MADE,
        crs="EPSG:3857",
        origin_x=left,
        origin_y=top,
        pixel_size=PIXEL,
        width=PIXELS,
        height=PIXELS,
        boundary=MultiPolygon(box, srid=3857),
        visibility=Visibility.PUBLIC,
    )
    height = _hills(random)
    mask = _units(height)
    noise = random.normal(0, 0.03, height.shape)
    for name, values in {"dem": height, "s": _slope(height), "aerialr": height * 0.5 + 0.3 + noise}.items():
        _raster(region, store, name, 1 + 254 * np.clip(values, 0, 1), high=float(820 if name == "dem" else 35))
    _raster(region, store, "aerialg", 1 + 254 * np.clip(height * 0.35 + 0.4 + noise, 0, 1), high=255)
    _raster(region, store, "aerialb", 1 + 254 * np.clip(height * 0.3 + 0.2 + noise, 0, 1), high=255)
    _raster(region, store, "mask", mask, high=255)
    _annotations(region, mask.astype(np.uint8))
    return region


def _hills(random: np.random.Generator) -> Raster:
    y, x = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS
    height = 0.5 + 0.2 * np.sin(5 * x + 2 * y) + 0.2 * np.cos(7 * y - 3 * x)
    for scale in (4, 8, 16):
        phase = random.uniform(0, 6, 4)
        height += 0.3 / scale * np.sin(scale * 3 * x + phase[0]) * np.cos(scale * 2.5 * y + phase[1])
    return np.asarray((height - height.min()) / (height.max() - height.min()))


def _slope(height: Raster) -> Raster:
    down, across = np.gradient(height)
    steep = np.hypot(down, across)
    return np.asarray(steep / steep.max())


def _units(height: Raster) -> Raster:
    """Alluvium in the lows, a terrace above, colluvium on slopes, residuum on tops, a fan and a fill in two corners."""
    mask = np.digitize(height, [0.2, 0.28, 0.45, 0.6]).astype(float)
    values = np.choose(mask.astype(int), [2, 4, 6, 5, 7]).astype(float)
    values[40:90, 40:110] = 3
    values[PIXELS - 60 :, PIXELS - 60 :] = 1
    return values


def _raster(region: Region, store: Path, name: str, values: Raster, *, high: float) -> None:
    folder = store / region.slug
    folder.mkdir(parents=True, exist_ok=True)
    transform = _transform(region)
    profile = {"driver": "GTiff", "width": PIXELS, "height": PIXELS, "count": 1, "dtype": "uint8", "nodata": 0}
    with rasterio.open(folder / f"{name}.tif", "w", crs="EPSG:3857", transform=transform, **profile) as dataset:
        dataset.write(values.astype(np.uint8), 1)
    path = f"{region.slug}/{name}.tif"
    RegionRaster.objects.create(
        region=region,
        channel=Channel.objects.get(name=name),
        path=path,
        sha256="a" * 64,
        size=1,
        display_path=path,
        display_sha256=f"{region.slug}{name}".ljust(64, "b"),
        display_size=1,
        dtype="uint8",
        nodata=0,
        display_low=0.0,
        display_high=high,
        statistics=to_data(statistics_of(values.astype(np.uint8), 0)),
    )


def _transform(region: Region) -> Affine:
    assert region.grid is not None
    return Affine(*region.grid.transform)


def _annotations(region: Region, mask: NDArray[np.uint8]) -> None:
    units = {unit.mask_value: unit for unit in MapUnit.objects.all()}
    transform = _transform(region)
    for shape, value in shapes(mask, transform=transform):
        polygon = Polygon(*shape["coordinates"], srid=3857)
        Annotation.objects.create(region=region, map_unit=units[int(value)], geometry=MultiPolygon(polygon, srid=3857))


def _tiles(region: Region, version: DatasetVersion, revision: LabelRevision, store: Path) -> list[Tile]:
    with rasterio.open(store / region.slug / "mask.tif") as dataset:
        mask = dataset.read(1)
    steps = range(0, PIXELS - TILE + 1, STEP)
    windows = [(col, row) for col in steps for row in reversed(steps)]
    tiles = Tile.objects.bulk_create([_tile(region, version, number, *w) for number, w in enumerate(windows, start=1)])
    labels = [_labels(tile, revision, mask) for tile in tiles]
    TileLabels.objects.bulk_create(labels)
    return list(tiles)


def _tile(region: Region, version: DatasetVersion, number: int, col: int, row: int) -> Tile:
    assert region.origin_x is not None
    assert region.origin_y is not None
    left, top = region.origin_x + col * PIXEL, region.origin_y - row * PIXEL
    bounds = (left, top - TILE * PIXEL, left + TILE * PIXEL, top)
    footprint = Polygon.from_bbox(bounds)
    footprint.srid = 3857
    fields = {"col": col, "row": row, "size": TILE, "number": number, "patch_id": f"{region.slug}_64_50_{number}"}
    return Tile(region=region, dataset_version=version, footprint=footprint, bounds=list(bounds), **fields)


def _labels(tile: Tile, revision: LabelRevision, mask: NDArray[np.uint8]) -> TileLabels:
    assert tile.col is not None
    assert tile.row is not None
    window = mask[tile.row : tile.row + TILE, tile.col : tile.col + TILE]
    areas = [float((window == value).mean()) for value in range(1, 8)]
    present = [place for place, area in enumerate(areas) if area > 0]
    return TileLabels(tile=tile, label_revision=revision, areas=areas, present=present)


def _split(version: DatasetVersion, home: Sequence[Tile], away: Sequence[Tile]) -> Split:
    split = Split.objects.create(
        name="demo",
        dataset_version=version,
        method="random, spatially independent",
        seed=111,
        checksum="3f" * 32,
        sizes={"train": 120, "val": 40, "test_id": 65, "test_cd": len(away)},
        visibility=Visibility.PUBLIC,
    )
    cuts = [*[Subset.TRAIN] * 120, *[Subset.VAL] * 40, *[Subset.TEST_ID] * (len(home) - 160)]
    members = [*zip(home, cuts, strict=True), *((tile, Subset.TEST_CD) for tile in away)]
    SplitMember.objects.bulk_create([SplitMember(split=split, tile=t, subset=s) for t, s in members])
    split.note_regions()
    return split


def _run(name: str, split: Split, revision: LabelRevision, noise: float, random: np.random.Generator) -> Run:
    curves = [
        {"epoch": e, "train_loss": 0.7 / e**0.5, "val_loss": 0.75 / e**0.45, "learning_rate": 1e-3, "seconds": 2.0}
        for e in range(1, 13)
    ]
    run = Run.objects.create(
        name=name,
        origin=Run.Origin.TRAINED,
        made=True,
        network="mobilenetv4_conv_small",
        channels=[name.removeprefix("demo-")],
        dataset_version=split.dataset_version,
        label_revision=revision,
        split=split,
        split_checksum=split.checksum,
        specification_text=f"name: {name}\nchannels: [dem]\nsplit: demo\n",
        seed=111,
        code_version="0.1.0",
        thresholds=dict.fromkeys(SYMBOLS, 0.5),
        curves=curves,
        parameters=2_500_000,
        visibility=Visibility.PUBLIC,
    )
    for subset, domain, extra in ((Subset.TEST_ID, Domain.IN, 0.0), (Subset.TEST_CD, Domain.CROSS, 0.5)):
        _evaluation(run, subset, domain, noise + extra, random)
    return run


def _evaluation(run: Run, subset: Subset, domain: Domain, noise: float, random: np.random.Generator) -> None:
    members = SplitMember.objects.filter(split=run.split, subset=subset).values("tile")
    rows = list(TileLabels.objects.filter(tile__in=members).order_by("tile"))
    truth = np.array([[place in row.present for place in range(7)] for row in rows])
    said = 1 / (1 + np.exp(-(2.5 * (truth - 0.5) + random.normal(0, noise, truth.shape))))
    scores = score_classes(SYMBOLS, truth, said, thresholds=dict.fromkeys(SYMBOLS, 0.5))
    known = [entry.f1 for entry in scores if entry.f1 is not None]
    evaluation = Evaluation.objects.create(
        run=run,
        split=run.split,
        subset=subset,
        domain=domain,
        label_revision=run.label_revision,
        tile_count=len(rows),
        scores={"macro_f1": sum(known) / len(known), "subset_accuracy": 0.41},
    )
    units = {unit.symbol: unit for unit in MapUnit.objects.all()}
    for entry in scores:
        fields = {n: getattr(entry, n) for n in ("threshold", "support", "predicted", "precision", "recall", "f1")}
        fields |= {n: getattr(entry, n) for n in ("ap", "auroc", "accuracy")}
        ClassScore.objects.create(evaluation=evaluation, map_unit=units[entry.symbol], **fields)
    TilePrediction.objects.bulk_create(
        [
            TilePrediction(evaluation=evaluation, tile_id=r.tile_id, probabilities=p.tolist())
            for r, p in zip(rows, said, strict=True)
        ]
    )


def _published() -> Region:
    """Two tiles with a footprint and one without, and no rasters."""
    region = Region.objects.create(
        slug="warren",
        name="Warren",
        area="Warren County",
        origin=Region.Origin.PUBLISHED,
        crs="EPSG:3089",
        visibility="public",
    )
    version = DatasetVersion.objects.create(slug="earthscape-v1.0", title="EarthScape v1.0", licence="CC BY 4.0")
    revision = LabelRevision.objects.create(dataset_version=version, slug="earthscape-v1.0", classes=list(SYMBOLS))
    for number in (1, 2, 3):
        left, bottom = CORNER[0] - 8000 + 200 * number, CORNER[1]
        box = Polygon.from_bbox((left, bottom, left + 400, bottom + 400))
        box.srid = 3857
        place = {"footprint": box, "bounds": [left, bottom, left + 400, bottom + 400]} if number < 3 else {}
        tile = Tile.objects.create(
            region=region, dataset_version=version, patch_id=f"256_50_{number}", number=number, **place
        )
        TileLabels.objects.create(tile=tile, label_revision=revision, areas=[0, 0.25, 0, 0, 0, 0, 0.75], present=[1, 6])
    region.boundary = MultiPolygon(*[t.footprint for t in region.tiles.exclude(footprint=None)][:1], srid=3857)
    region.save()
    return region
