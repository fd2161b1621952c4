"""A made region with rasters in the store, tiles in four rows, labels that the rasters show, and a split of them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from django.contrib.gis.geos import Polygon

from apps.accounts.models import User, Visibility
from apps.experiments.models import Run
from apps.experiments.training import TrainParameters
from apps.jobs.kinds import kind_named, resolve
from apps.jobs.models import Job
from apps.jobs.services import submit
from apps.regions.models import Channel, Region, RegionRaster
from apps.splits.models import Split, SplitMember, Subset
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels
from tests.apps.worlds import make_catalogue
from workers.records.codec import dumps
from workers.records.map_units import SYMBOLS
from workers.records.progress import ignore_progress

SIDE = 32
COLUMNS, ROWS = 8, 4
SPECIFICATION = """\
name: east-dem
channels: [dem, s]
split: east
network: mobilenetv4_conv_small
input_size: 32
optimizer:
  learning_rate: 3e-3
  warmup_epochs: 0
epochs: 1
batch_size: 8
"""


@dataclass(frozen=True)
class Trainable:
    """What was made; the tests of each subset are a row of tiles."""

    region: Region
    version: DatasetVersion
    revision: LabelRevision
    split: Split
    tiles: list[Tile]


def make_trainable(store: Path, *, visibility: str = Visibility.PUBLIC, owner: User | None = None) -> Trainable:
    make_catalogue()
    region = _make_region(visibility, owner)
    for name in ("dem", "s"):
        _make_raster(region, name, store)
    version = DatasetVersion.objects.create(slug="east", title="East", made=True)
    revision = LabelRevision.objects.create(
        dataset_version=version, slug="east-1", classes=list(SYMBOLS), checksum="1" * 64
    )
    tiles = [_make_tile(region, version, number) for number in range(COLUMNS * ROWS)]
    TileLabels.objects.bulk_create([_make_labels(tile, revision) for tile in tiles])
    split = Split.objects.create(
        name="east", dataset_version=version, method="rows", checksum="2" * 64, visibility=visibility, owner=owner
    )
    subsets = [Subset.TRAIN, Subset.VAL, Subset.TEST_ID, Subset.TEST_CD]
    SplitMember.objects.bulk_create(
        [SplitMember(split=split, tile=tile, subset=subsets[tile.number // COLUMNS]) for tile in tiles]
    )
    split.note_regions()
    return Trainable(region, version, revision, split, tiles)


def _make_region(visibility: str, owner: User | None) -> Region:
    grid = {"origin_x": 0.0, "origin_y": 1000.0, "pixel_size": 1.0, "width": COLUMNS * SIDE, "height": ROWS * SIDE}
    return Region.objects.create(
        slug="east", name="East", area="East", origin=Region.Origin.MADE, crs="EPSG:3089", visibility=visibility,
        owner=owner, **grid,
    )  # fmt: skip


def _make_raster(region: Region, name: str, store: Path) -> None:
    pixels = np.random.default_rng(len(name)).normal(size=(ROWS * SIDE, COLUMNS * SIDE)).astype(np.float32)
    path = store / "regions" / f"{name}.tif"
    path.parent.mkdir(exist_ok=True)
    form: dict[str, Any] = {"driver": "GTiff", "width": COLUMNS * SIDE, "height": ROWS * SIDE, "count": 1}
    with rasterio.open(
        path, "w", dtype="float32", crs="EPSG:3089", transform=Affine(1, 0, 0, 0, -1, 1000), **form
    ) as file:
        file.write(pixels, 1)
    RegionRaster.objects.create(
        region=region, channel=Channel.objects.get(name=name), path=f"regions/{name}.tif", sha256=name * 8, size=1,
        display_path="", display_sha256="", display_size=1, dtype="float32", display_low=0, display_high=1,
        statistics={},
    )  # fmt: skip


def _make_tile(region: Region, version: DatasetVersion, number: int) -> Tile:
    row, col = divmod(number, COLUMNS)
    left, top = float(col * SIDE), 1000.0 - row * SIDE
    footprint = Polygon.from_bbox((left, top - SIDE, left + SIDE, top))
    footprint.srid = 3857
    return Tile.objects.create(
        region=region, dataset_version=version, number=number, patch_id=f"east_{number}", size=SIDE,
        col=col * SIDE, row=row * SIDE, footprint=footprint, bounds=[left, top - SIDE, left + SIDE, top],
    )  # fmt: skip


def _make_labels(tile: Tile, revision: LabelRevision) -> TileLabels:
    """Qr is everywhere, Qal in every second tile, the rest nowhere."""
    qal = tile.number % 2
    return TileLabels(
        tile=tile,
        label_revision=revision,
        areas=[0, 0.25 * qal, 0, 0, 0, 0, 1 - 0.25 * qal],
        present=[1, 6] if qal else [6],
    )


def specified(**changes: Any) -> str:
    """The specification with other values, a line each."""
    lines = SPECIFICATION.splitlines()
    for name, value in changes.items():
        lines = [f"{name}: {value}" if line.startswith(f"{name}:") else line for line in lines]
    return "\n".join(lines) + "\n"


def checked(owner: User, **params: Any) -> TrainParameters:
    return TrainParameters(data={"specification": specified(), **params}, context={"user": owner})


def train(owner: User, folder: Path, **params: Any) -> Run:
    """Prepare, compute and record without a child process, which would load torch anew each time."""
    job, _ = submit(kind="train", params={"specification": specified(), **params}, owner=owner)
    carry_out(job, folder)
    return Run.objects.get(job=job)


def carry_out(job: Job, folder: Path) -> Any:
    kind = kind_named(job.kind)
    folder.mkdir(exist_ok=True)
    spec = json.loads(dumps(resolve(kind.prepare)(job, folder)))
    result = json.loads(dumps(resolve(kind.compute)(spec, folder, ignore_progress)))
    return resolve(kind.record)(job, folder, result)
