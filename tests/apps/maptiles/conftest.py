from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from apps.maptiles import pictures
from apps.regions.models import Channel, Region, RegionRaster
from tests.apps.worlds import SIDE, SOUTH, WEST
from workers.maptiles.reader import RasterReader
from workers.rasters.qc import statistics_of
from workers.records.codec import to_data

MakeRaster = Callable[..., RegionRaster]


@pytest.fixture
def make_raster(store: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRaster:
    """Give a region a channel; the analysis raster and the display copy are the same 8-bit file, 0 is nothing."""
    monkeypatch.setattr(pictures, "reader", RasterReader())

    def make(region: Region, name: str, values: np.ndarray, *, low: float = 0.0, high: float = 254.0) -> RegionRaster:
        folder = store / region.slug
        folder.mkdir(exist_ok=True)
        for file in (f"{name}.tif", f"{name}-display.tif"):
            _write(folder / file, values)
        return RegionRaster.objects.create(
            region=region,
            channel=Channel.objects.get(name=name),
            path=f"{region.slug}/{name}.tif",
            sha256="a" * 64,
            size=1,
            display_path=f"{region.slug}/{name}-display.tif",
            display_sha256=name.ljust(64, "b"),
            display_size=1,
            dtype="uint8",
            nodata=0,
            display_low=low,
            display_high=high,
            statistics=to_data(statistics_of(values, 0)),
        )

    return make


def _write(path: Path, values: np.ndarray) -> None:
    height, width = values.shape
    transform = Affine(4 * SIDE / width, 0, WEST, 0, -4 * SIDE / height, SOUTH + 4 * SIDE)
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "uint8", "nodata": 0}
    with rasterio.open(path, "w", crs="EPSG:3857", transform=transform, **profile) as dataset:
        dataset.write(values.astype(np.uint8), 1)
