import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

from workers.learning.rasters import read_rasters
from workers.learning.tiles import Tiles, read_tiles
from workers.records.codec import to_data
from workers.records.learning import EarlyStopSpec, OptimizerSpec, RunSpec, TileTable, TrainRun
from workers.records.progress import ignore_progress

SIDE = 32
CLASSES = ("af1", "Qal")
RUN = RunSpec(
    name="small",
    channels=("dem", "s"),
    split="made",
    optimizer=OptimizerSpec(learning_rate=3e-3, warmup_epochs=0.0),
    early_stop=EarlyStopSpec(patience=50, after=50),
    epochs=2,
    batch_size=8,
    input_size=SIDE,
)


def write_raster(path: Path, pixels: np.ndarray[Any, Any], *, nodata: float | None = None) -> Path:
    height, width = pixels.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=1,
        dtype=pixels.dtype,
        crs="EPSG:3089",
        transform=Affine(5, 0, 4_600_000, 0, -5, 3_500_000),
        nodata=nodata,
    ) as dataset:
        dataset.write(pixels, 1)
    return path


@pytest.fixture
def rasters(tmp_path: Path) -> dict[str, Path]:
    """Two channels of 8 x 4 tiles: noise, in which af1 stands 2 higher in `dem` and Qal 2 higher in `s`."""
    random = np.random.default_rng(0)
    labels = labels_of(32)
    channels = {}
    for column, name in enumerate(("dem", "s")):
        lifted = np.kron(labels[:, column].reshape(4, 8), np.ones((SIDE, SIDE)))
        pixels = (random.normal(size=lifted.shape) + 2 * lifted).astype(np.float32)
        channels[name] = write_raster(tmp_path / f"{name}.tif", pixels)
    return channels


def labels_of(count: int) -> np.ndarray[Any, Any]:
    numbers = np.arange(count)
    return np.column_stack([numbers % 2, numbers // 2 % 2])


@pytest.fixture
def table(tmp_path: Path) -> TileTable:
    """Tiles 1 to 32: 8 to train on, 8 each for validation and the two tests."""
    with (tmp_path / "tiles.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("tile", "subset", "region", "col", "row", "size", *CLASSES))
        for number, label in enumerate(labels_of(32).tolist()):
            subset = ("train", "val", "test_id", "test_cd")[number // 8]
            writer.writerow((number + 1, subset, "east", number % 8 * SIDE, number // 8 * SIDE, SIDE, *label))
    return TileTable("tiles.csv", CLASSES, {})


@pytest.fixture
def tiles(tmp_path: Path, table: TileTable) -> Tiles:
    return read_tiles(tmp_path / table.path, CLASSES)


Specify = Callable[..., dict[str, Any]]


@pytest.fixture
def specify(rasters: dict[str, Path], table: TileTable) -> Specify:
    """Return a function that makes the data of a `TrainRun`, with changes to its run."""

    def make(**changes: Any) -> dict[str, Any]:
        there = {"east": {name: str(path) for name, path in rasters.items()}}
        data: dict[str, Any] = to_data(TrainRun(replace(RUN, **changes), replace(table, rasters=there)))
        return data

    return make


@pytest.fixture
def decoded(tmp_path: Path, rasters: dict[str, Path], tiles: Tiles) -> Any:
    return read_rasters(tiles, {"east": list(rasters.values())}, tmp_path / "cache", ignore_progress)
